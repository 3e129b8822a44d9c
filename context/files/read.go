package files

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/infill-dev/infill/context/source"
)

// ErrLeftAlone is what Read returns, wrapped with the reason, for a file that is no text for us.
var ErrLeftAlone = errors.New("left alone")

// Read reads a file: at most MaxBytes, as text. A file that has grown beyond that, is binary, or is no longer a
// plain file is ErrLeftAlone. UTF-16 with a byte order mark becomes UTF-8; bytes that are no UTF-8 become the
// replacement character, since offsets of closed files are our own.
//
// Read does not look at the ignore rules: take its path from Walk, or ask Ignored first.
func (t *Tree) Read(p source.Path) (*source.File, error) {
	name := path.Clean(string(p))
	info, err := t.root.Lstat(name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", p, err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("read %s: %w: not a plain file", p, ErrLeftAlone)
	}
	file, err := t.root.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", p, err)
	}
	defer file.Close()
	raw, err := io.ReadAll(io.LimitReader(file, int64(t.options.MaxBytes)+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", p, err)
	}
	if len(raw) > t.options.MaxBytes {
		return nil, fmt.Errorf("read %s: %w: too large", p, ErrLeftAlone)
	}
	text, ok := decode(raw)
	if !ok {
		return nil, fmt.Errorf("read %s: %w: binary", p, ErrLeftAlone)
	}
	return source.NewFile(p, text), nil
}

// decode makes text of bytes; false for binary ones: a NUL in the first 8 KB, or more than one byte in ten that is
// no UTF-8.
func decode(raw []byte) (string, bool) {
	if len(raw) >= 2 && len(raw)%2 == 0 {
		switch {
		case raw[0] == 0xff && raw[1] == 0xfe:
			return decodeUTF16(raw[2:], binary.LittleEndian)
		case raw[0] == 0xfe && raw[1] == 0xff:
			return decodeUTF16(raw[2:], binary.BigEndian)
		}
	}
	text := string(raw)
	if strings.IndexByte(text[:min(len(text), 8<<10)], 0) >= 0 {
		return "", false
	}
	if utf8.ValidString(text) {
		return text, true
	}
	broken := 0
	for i, r := range text {
		if r == utf8.RuneError && text[i] != "\ufffd"[0] {
			broken++
		}
	}
	if broken*10 > len(text) {
		return "", false
	}
	return strings.ToValidUTF8(text, "\ufffd"), true
}

func decodeUTF16(raw []byte, order binary.ByteOrder) (string, bool) {
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = order.Uint16(raw[2*i:])
		if units[i] == 0 {
			return "", false
		}
	}
	return string(utf16.Decode(units)), true
}

// IsFolder tells whether p is a folder of the workspace, and no link to one.
func (t *Tree) IsFolder(p source.Path) bool {
	info, err := t.root.Lstat(path.Clean(string(p)))
	return err == nil && info.IsDir()
}
