package position

import (
	"fmt"
	"net/url"
	"path"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/infill-dev/infill/context/source"
)

const onWindows = runtime.GOOS == "windows"

// PathFromURI is the absolute path of a file URI. Other schemes ("untitled:", "git:", "vscode-notebook-cell:") and
// broken URIs are errors. The path is clean: no escape in the URI can climb out of a folder that a later check names.
func PathFromURI(uri string) (string, error) { return pathFromURI(uri, onWindows) }

func pathFromURI(uri string, windows bool) (string, error) {
	parsed, err := url.Parse(uri)
	if err != nil {
		return "", fmt.Errorf("read URI: %w", err)
	}
	if !strings.EqualFold(parsed.Scheme, "file") {
		return "", fmt.Errorf("URI with scheme %q is no file", parsed.Scheme)
	}
	name := parsed.Path
	if name == "" || strings.ContainsRune(name, 0) {
		return "", fmt.Errorf("file URI has no usable path")
	}
	host := parsed.Host
	if strings.EqualFold(host, "localhost") {
		host = ""
	}
	if !windows {
		if host != "" {
			return "", fmt.Errorf("file URI names the host %q", host)
		}
		return path.Clean("/" + name), nil
	}
	if host != "" {
		return `\\` + host + strings.ReplaceAll(path.Clean("/"+name), "/", `\`), nil
	}
	name = strings.TrimPrefix(strings.ReplaceAll(name, `\`, "/"), "/")
	if len(name) < 2 || name[1] != ':' || !isDriveLetter(name[0]) {
		return "", fmt.Errorf("file URI names no drive")
	}
	return strings.ToUpper(name[:1]) + ":" + strings.ReplaceAll(path.Clean("/"+name[2:]), "/", `\`), nil
}

// URIFromPath is the URI of an absolute path.
func URIFromPath(name string) string { return uriFromPath(name, onWindows) }

func uriFromPath(name string, windows bool) string {
	uri := url.URL{Scheme: "file", Path: name}
	if windows {
		name = strings.ReplaceAll(name, `\`, "/")
		if unc, isUNC := strings.CutPrefix(name, "//"); isUNC {
			uri.Host, uri.Path, _ = strings.Cut(unc, "/")
			uri.Path = "/" + uri.Path
		} else {
			uri.Path = "/" + name
		}
	}
	return uri.String()
}

// Relative is the path of an absolute path below a root. It is false for a path outside the root and for the root.
func Relative(root, absolute string) (source.Path, bool) {
	return relative(filepath.ToSlash(root), filepath.ToSlash(absolute), onWindows)
}

func relative(root, absolute string, windows bool) (source.Path, bool) {
	root, absolute = path.Clean(root), path.Clean(absolute)
	if windows {
		root, absolute = upperDrive(root), upperDrive(absolute)
	}
	if root != "/" {
		root += "/"
	}
	below, ok := strings.CutPrefix(absolute, root)
	if !ok || below == "" {
		return "", false
	}
	return source.Path(below), true
}

func upperDrive(name string) string {
	if len(name) > 1 && name[1] == ':' {
		return strings.ToUpper(name[:1]) + name[1:]
	}
	return name
}

func isDriveLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
