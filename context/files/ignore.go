package files

import (
	"bufio"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// ignoreFiles are the names of files with patterns, in any folder. Each is a set of rules of its own: a path that
// one set forbids is not allowed again by another.
var ignoreFiles = []string{".gitignore", ".aiignore", ".cursorignore", ".aiexclude"}

// scope is the patterns of one file, which hold below one folder.
type scope struct {
	kind     string // the set of rules: a name of ignoreFiles
	above    string // for a file above the root: the root's path below that file's folder, with a slash; else empty
	folder   string // the folder of the file, relative to the root, "." for the root
	patterns patterns
}

// maxIgnoreFile bounds an ignore file; more is not read.
const maxIgnoreFile = 1 << 20

// scopesAt are the rules that hold in the root.
func (t *Tree) scopesAt(folder string) []scope { return t.enter(t.base, folder) }

// enter adds the rules of a folder to those above it. A repository inside the workspace starts anew with git's
// rules, as git does.
func (t *Tree) enter(scopes []scope, folder string) []scope {
	scopes = slices.Clip(scopes)
	if folder != "." {
		if _, err := t.root.Lstat(path.Join(folder, ".git")); err == nil {
			scopes = slices.DeleteFunc(slices.Clone(scopes), func(s scope) bool { return s.kind == ".gitignore" && (s.folder != "" || s.above != "") })
			scopes = t.add(scopes, ".gitignore", folder, path.Join(folder, ".git/info/exclude"))
		}
	}
	for _, name := range ignoreFiles {
		scopes = t.add(scopes, name, folder, path.Join(folder, name))
	}
	return scopes
}

func (t *Tree) add(scopes []scope, kind, folder, name string) []scope {
	info, err := t.root.Lstat(name)
	if err != nil || !info.Mode().IsRegular() {
		return scopes
	}
	file, err := t.root.Open(name)
	if err != nil {
		return scopes
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxIgnoreFile))
	if err != nil {
		return scopes
	}
	return append(scopes, scope{kind: kind, folder: folder, patterns: parsePatterns(string(text))})
}

// decideAll tells which set of rules forbids a path. In each set the file nearest to the path decides, as in git.
func decideAll(scopes []scope, name string, isDir bool) string {
	for _, kind := range ignoreFiles {
		for i := len(scopes) - 1; i >= 0; i-- {
			if scopes[i].kind != kind {
				continue
			}
			if verdict := scopes[i].decide(name, isDir); verdict == ignored {
				return "ignored by " + kind
			} else if verdict == allowed {
				break
			}
		}
	}
	return ""
}

func (s scope) decide(name string, isDir bool) verdict {
	if s.above != "" {
		return s.patterns.decide(s.above+name, isDir)
	}
	if s.folder == "." || s.folder == "" {
		return s.patterns.decide(name, isDir)
	}
	return s.patterns.decide(strings.TrimPrefix(name, s.folder+"/"), isDir)
}

// outerScopes reads the rules from outside the root, the weakest first: the user's global file, the repository's
// info/exclude, and the .gitignore files of folders between the repository's top and the root.
func outerScopes(root, home string) []scope {
	var scopes []scope
	if name := globalExcludes(home); name != "" {
		scopes = addOuter(scopes, name, "")
	}
	top := root
	for {
		if _, err := os.Lstat(filepath.Join(top, ".git")); err == nil {
			break
		}
		if filepath.Dir(top) == top {
			return scopes // no repository
		}
		top = filepath.Dir(top)
	}
	below := strings.TrimPrefix(filepath.ToSlash(strings.TrimPrefix(root, top)), "/")
	if below != "" {
		below += "/"
	}
	scopes = addOuter(scopes, filepath.Join(gitFolder(top), "info", "exclude"), below)
	for at, rest := top, below; rest != ""; {
		scopes = addOuter(scopes, filepath.Join(at, ".gitignore"), rest)
		first, more, _ := strings.Cut(rest, "/")
		at, rest = filepath.Join(at, first), more
	}
	return scopes
}

func addOuter(scopes []scope, name, above string) []scope {
	text, err := readSmall(name)
	if err != nil {
		return scopes
	}
	return append(scopes, scope{kind: ".gitignore", above: above, patterns: parsePatterns(text)})
}

func readSmall(name string) (string, error) {
	info, err := os.Stat(name)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", fs.ErrInvalid
	}
	file, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxIgnoreFile))
	return string(text), err
}

// gitFolder is where git keeps a repository's common files: .git, or for a worktree or submodule, where its file
// .git leads.
func gitFolder(top string) string {
	name := filepath.Join(top, ".git")
	text, err := readSmall(name)
	if err != nil {
		return name
	}
	to, ok := strings.CutPrefix(strings.TrimSpace(text), "gitdir: ")
	if !ok {
		return name
	}
	if !filepath.IsAbs(to) {
		to = filepath.Join(top, to)
	}
	if common, err := readSmall(filepath.Join(to, "commondir")); err == nil {
		if common = strings.TrimSpace(common); filepath.IsAbs(common) {
			return common
		}
		return filepath.Join(to, common)
	}
	return to
}

// globalExcludes is the file that core.excludesFile names, else git's default; empty without a home.
func globalExcludes(home string) string {
	if home == "" {
		return ""
	}
	config := os.Getenv("XDG_CONFIG_HOME")
	if config == "" {
		config = filepath.Join(home, ".config")
	}
	named := ""
	for _, name := range []string{filepath.Join(config, "git", "config"), filepath.Join(home, ".gitconfig")} {
		if text, err := readSmall(name); err == nil {
			if found := excludesFile(text); found != "" {
				named = found
			}
		}
	}
	if named == "" {
		return filepath.Join(config, "git", "ignore")
	}
	if rest, ok := strings.CutPrefix(named, "~/"); ok {
		return filepath.Join(home, rest)
	}
	return named
}

// excludesFile reads core.excludesFile from the text of a git configuration.
func excludesFile(text string) string {
	section, found := "", ""
	scanner := bufio.NewScanner(strings.NewReader(text))
	for scanner.Scan() {
		line := strings.TrimSpace(scanner.Text())
		if strings.HasPrefix(line, "[") {
			section = strings.ToLower(strings.Trim(line, "[] \t"))
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if ok && section == "core" && strings.EqualFold(strings.TrimSpace(key), "excludesfile") {
			found = strings.Trim(strings.TrimSpace(value), `"`)
		}
	}
	return found
}
