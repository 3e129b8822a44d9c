package settings

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/BurntSushi/toml"
)

// maxFile bounds a settings file; a sensible one has a few hundred bytes.
const maxFile = 256 << 10

// WithFile is the settings after taking over the values of a TOML file, and what could not be taken. A file that is
// not there is not wrong; one that cannot be read or understood is a problem and changes nothing. In a repository
// the file must be a plain one: no link leads out of it.
func (s Settings) WithFile(from Source, name string) (Settings, []Problem) {
	values, err := readFile(from, name)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, []Problem{{Source: from, Key: filepath.Base(name), Sentence: fmt.Sprintf("the file is not used: %v.", err)}}
	}
	return s.With(from, values)
}

func readFile(from Source, name string) (map[string]any, error) {
	look := os.Stat
	if from == Repository {
		look = os.Lstat
	}
	info, err := look(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a plain file")
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxFile {
		return nil, fmt.Errorf("it is larger than %d bytes", maxFile)
	}
	var values map[string]any
	if err := toml.Unmarshal(text, &values); err != nil {
		return nil, err
	}
	return values, nil
}
