package files

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/infill-dev/infill/context/source"
)

// tree writes files of a txtar text below a new folder.
func tree(t testing.TB, text string) string {
	t.Helper()
	root := t.TempDir()
	for _, file := range txtar.Parse([]byte(text)).Files {
		write(t, root, file.Name, string(file.Data))
	}
	return root
}

func write(t testing.TB, root, name, text string) {
	t.Helper()
	full := filepath.Join(root, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func open(t testing.TB, root string, options Options) *Tree {
	t.Helper()
	tree, err := Open(root, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tree.Close() })
	return tree
}

func walked(t testing.TB, tree *Tree) (paths, skipped []string) {
	t.Helper()
	for entry := range tree.Walk(t.Context(), func(s Skipped) { skipped = append(skipped, string(s.Path)+": "+s.Reason) }) {
		paths = append(paths, string(entry.Path))
		if reason := tree.Ignored(entry.Path); reason != "" {
			t.Errorf("%s was walked, and alone it is left alone: %s", entry.Path, reason)
		}
	}
	return paths, skipped
}

const sample = `
-- .gitignore --
*.log
build/
!keep.log
-- .aiignore --
private/
-- .cursorignore --
notes.md
-- .aiexclude --
gen.go
-- .git/info/exclude --
excluded.txt
-- a.go --
-- x.log --
-- keep.log --
-- build/out.go --
-- private/a.go --
-- notes.md --
-- gen.go --
-- excluded.txt --
-- .env --
-- .env.example --
-- id_rsa --
-- id_rsa.pub --
-- credentials.go --
-- node_modules/x/index.js --
-- sub/.gitignore --
!x.log
local.txt
-- sub/x.log --
-- sub/local.txt --
-- sub/deep/local.txt --
-- nested/.git/HEAD --
-- nested/x.log --
-- set.txt --
`

func TestWalk(t *testing.T) {
	root := tree(t, sample)
	paths, skipped := walked(t, open(t, root, Options{Exclude: []string{"/set.txt"}}))
	want := []string{".aiexclude", ".aiignore", ".cursorignore", ".env.example", ".gitignore", "a.go", "credentials.go", "id_rsa.pub", "keep.log", "nested/x.log", "sub/.gitignore", "sub/x.log"}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Errorf("walked (-want +got):\n%s", diff)
	}
	wantSkipped := []string{".env: holds secrets", ".git: generated folder", "build: ignored by .gitignore", "excluded.txt: ignored by .gitignore",
		"gen.go: ignored by .aiexclude", "id_rsa: holds secrets", "nested/.git: generated folder", "node_modules: generated folder", "notes.md: ignored by .cursorignore",
		"private: ignored by .aiignore", "set.txt: excluded by settings", "sub/deep/local.txt: ignored by .gitignore", "sub/local.txt: ignored by .gitignore", "x.log: ignored by .gitignore"}
	slices.Sort(skipped)
	if diff := cmp.Diff(wantSkipped, skipped); diff != "" {
		t.Errorf("skipped (-want +got):\n%s", diff)
	}
}

func TestRulesFromAboveTheRoot(t *testing.T) {
	root := tree(t, "-- .git/HEAD --\n-- .gitignore --\n/pkg/gone.go\n*.tmp\n-- .git/info/exclude --\n/pkg/secretly.go\n-- pkg/a.go --\n-- pkg/gone.go --\n-- pkg/x.tmp --\n-- pkg/secretly.go --\n-- home/.gitconfig --\n[core]\n\texcludesFile = ~/mine\n-- home/mine --\n*.mine\n-- pkg/b.mine --\n")
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(root, "none"))
	paths, _ := walked(t, open(t, filepath.Join(root, "pkg"), Options{Home: filepath.Join(root, "home")}))
	if diff := cmp.Diff([]string{"a.go"}, paths); diff != "" {
		t.Error(diff)
	}
}

func TestOddEntries(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links and pipes need rights on Windows")
	}
	root := tree(t, "-- a.go --\nx\n-- sub/b.go --\n")
	for link, to := range map[string]string{"loop": ".", "outside": "/etc/passwd", "sub/up": "..", "alias.go": "a.go"} {
		if err := os.Symlink(to, filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := exec.Command("mkfifo", filepath.Join(root, "pipe")).Run(); err != nil {
		t.Fatal(err)
	}
	write(t, root, "line\nbreak.go", "x")
	write(t, root, "large.go", strings.Repeat("x", 2000))
	paths, skipped := walked(t, open(t, root, Options{MaxBytes: 1000}))
	if diff := cmp.Diff([]string{"a.go", "sub/b.go"}, paths); diff != "" {
		t.Errorf("walked (-want +got):\n%s", diff)
	}
	if len(skipped) != 7 {
		t.Errorf("skipped: %q", skipped)
	}
	tree := open(t, root, Options{MaxBytes: 1000})
	for _, p := range []source.Path{"outside", "alias.go", "pipe", "sub", "large.go", "../x", "gone.go"} {
		if file, err := tree.Read(p); err == nil {
			t.Errorf("%s was read: %q", p, file.Text())
		}
	}
	for _, p := range []source.Path{"../x", "/etc/passwd", "a/../../x"} {
		if tree.Ignored(p) == "" {
			t.Errorf("%s is not left alone", p)
		}
	}
}

func TestRead(t *testing.T) {
	root := t.TempDir()
	write(t, root, "utf8", "größe")
	write(t, root, "utf16le", "\xff\xfea\x00\xfc\x00")
	write(t, root, "utf16be", "\xfe\xff\x00a\x00\xfc")
	write(t, root, "latin1", "a long line with one byte that is not UTF-8: \xfc")
	write(t, root, "binary.go", "package a\x00")
	write(t, root, "noise", "\xfc\xfd\xfe\xff\x80\x81")
	write(t, root, "replacement", "\ufffd\ufffd")
	tree := open(t, root, Options{})
	want := map[source.Path]string{"utf8": "größe", "utf16le": "aü", "utf16be": "aü", "latin1": "a long line with one byte that is not UTF-8: \ufffd", "binary.go": "", "noise": "", "replacement": "\ufffd\ufffd"}
	for p, text := range want {
		file, err := tree.Read(p)
		switch {
		case text == "" && !errors.Is(err, ErrLeftAlone):
			t.Errorf("%s: %v", p, err)
		case text != "" && (err != nil || file.Text() != text):
			t.Errorf("%s: %q, %v", p, file.Text(), err)
		}
	}
}

func TestSecrets(t *testing.T) {
	for name, want := range map[string]bool{".env": true, "a/.env.local": true, "prod.env": true, ".env.example": false, "env.go": false, "ID_RSA": true, "server.PEM": true,
		"credentials": true, "credentials.go": false, "aws-credentials.json": true, ".aws/config": false, "k8s/secrets.yaml": true, "key.rs": false, "terraform.tfstate": true, "main.tf": false, "wp-config.php": true} {
		if got := secret(name, false) != ""; got != want {
			t.Errorf("secret(%q) = %v", name, got)
		}
	}
	for _, folder := range []string{".ssh", ".aws", "home/.kube"} {
		if secret(folder, true) == "" {
			t.Errorf("folder %s is open", folder)
		}
	}
}

// patternPieces and nameParts make patterns and paths that meet often.
var (
	patternPieces = []string{"a", "b", "ab", "*", "**", "?", "/", "/", "a*", "*b", "[ab]", "[!a]", "[^a]", "[a-c]", "[[:alpha:]]", "[]a]", "[a", "\\a", "\\*", "\\", ".", "x.y", " ", "\\ ", "!", "#", "a**b", "[\\]]", "ü"}
	nameParts     = []string{"a", "b", "ab", "aab", "abb", "c", "x.y", "a b", "*", "]", "[a", "ü", "B", "a ", "!a", "#a", "\\a"}
)

// TestAgainstGit compares with `git check-ignore` on random trees and patterns.
func TestAgainstGit(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	random := rand.New(rand.NewPCG(7, 7))
	for round := range 60 {
		compareWithGit(t, random, round)
	}
}

func compareWithGit(t *testing.T, random *rand.Rand, round int) {
	t.Helper()
	root := t.TempDir()
	if out, err := exec.Command("git", "init", "-q", root).CombinedOutput(); err != nil {
		t.Fatalf("git init: %s", out)
	}
	folders := []string{"", "a/", "ab/", "a/b/"}
	var rules strings.Builder
	for _, folder := range folders[:1+random.IntN(len(folders))] {
		text := randomPatterns(random)
		fmt.Fprintf(&rules, "%s.gitignore: %q\n", folder, text)
		write(t, root, folder+".gitignore", text)
	}
	var names []string
	for range 60 {
		parts := make([]string, 1+random.IntN(4))
		for i := range parts {
			parts[i] = nameParts[random.IntN(len(nameParts))]
		}
		name := strings.Join(parts, "/")
		if os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755) == nil && os.WriteFile(filepath.Join(root, name), nil, 0o644) == nil {
			names = append(names, name)
		}
	}
	command := exec.Command("git", "-C", root, "-c", "core.excludesFile=/dev/null", "-c", "core.ignoreCase=false", "check-ignore", "--stdin", "-z", "--no-index")
	command.Stdin = strings.NewReader(strings.Join(names, "\x00") + "\x00")
	out, err := command.Output()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		t.Fatalf("git check-ignore: %v", err)
	}
	byGit := map[string]bool{}
	for _, name := range strings.Split(string(out), "\x00") {
		byGit[name] = true
	}
	tree := open(t, root, Options{})
	for _, name := range names {
		if got := tree.Ignored(source.Path(name)) != ""; got != byGit[name] {
			t.Errorf("round %d: %q: ignored %v, by git %v, under\n%s", round, name, got, byGit[name], rules.String())
		}
	}
}

func randomPatterns(random *rand.Rand) string {
	var text strings.Builder
	if random.IntN(5) == 0 {
		text.WriteString("\ufeff")
	}
	ending := []string{"\n", "\r\n"}[random.IntN(2)]
	for range 1 + random.IntN(5) {
		if random.IntN(4) == 0 {
			text.WriteByte('!')
		}
		for range 1 + random.IntN(5) {
			text.WriteString(patternPieces[random.IntN(len(patternPieces))])
		}
		text.WriteString(ending)
	}
	return text.String()
}

// TestManyStarsTakeNoTime would not end with a matcher that tries all ways.
func TestManyStarsTakeNoTime(t *testing.T) {
	list := parsePatterns(strings.Repeat("**/", 200) + "a" + strings.Repeat("*a", 200) + "b\n" + strings.Repeat("x*y\n", 10_000))
	if got := list.decide(strings.Repeat("a/", 300)+strings.Repeat("a", 3000), false); got != undecided {
		t.Errorf("decided %v", got)
	}
}

func FuzzPatterns(f *testing.F) {
	f.Add("a/**/b\n!c\\ \n[a", "a/x/b")
	f.Add("[[:x:]]\n[!]]", "]")
	f.Fuzz(func(t *testing.T, text, name string) {
		list := parsePatterns(text)
		for _, isDir := range []bool{false, true} {
			list.decide(name, isDir)
		}
	})
}

// BenchmarkWalk walks and reads a tree of 2,000 files; compare with BenchmarkPlainWalk.
func BenchmarkWalk(b *testing.B) {
	root := manyFiles(b)
	tree := open(b, root, Options{})
	for b.Loop() {
		for entry := range tree.Walk(b.Context(), nil) {
			if _, err := tree.Read(entry.Path); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkPlainWalk reads the same files with no rules at all.
func BenchmarkPlainWalk(b *testing.B) {
	root := manyFiles(b)
	for b.Loop() {
		err := filepath.WalkDir(root, func(name string, entry os.DirEntry, err error) error {
			if err == nil && !entry.IsDir() {
				_, err = os.ReadFile(name)
			}
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

func manyFiles(b *testing.B) string {
	root := b.TempDir()
	write(b, root, ".gitignore", "*.log\n/build\n!keep.log\n")
	for i := range 2000 {
		write(b, root, fmt.Sprintf("d%d/e%d/f%d.go", i%20, i%7, i), strings.Repeat("package a\n", 100))
	}
	return root
}
