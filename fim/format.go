// Package fim lays out fill-in-the-middle prompts: the text before and behind a cursor, and pieces of other files,
// in the form on which a family of models was trained, within a budget of tokens.
//
// One thing must stay true: a prompt holds each marker of its family exactly where the layout says and nowhere else.
// User text that looks like a marker is made harmless, and no cut ever touches a marker.
//
//	format, _ := fim.FormatFor("qwen2.5-coder:1.5b")
//	prompt := fim.Build(fim.Request{Format: format, Path: "a.go", Prefix: "x := ", Suffix: "\n", Budget: 500})
package fim

import (
	"fmt"
	"strings"
)

// Format is the prompt format of one model family: data, no code. "%s" in a header stands for a path or a name.
type Format struct {
	Name string
	// Prefix, Suffix and Middle are the markers before the text that precedes the cursor, before the text that
	// follows it, and where the model begins to write. Blanks that belong to the format are part of them.
	Prefix, Suffix, Middle string
	// SuffixFirst puts the suffix before the prefix.
	SuffixFirst bool
	// Repository is the header of a prompt with its repository's name; empty when the family has none.
	Repository string
	// Snippet is the header of each piece of another file. A family without one gets snippets as comments at the
	// head of the prefix.
	Snippet string
	// Between stands behind each snippet.
	Between string
	// Current is the header of the file under the cursor, before the first marker; Inside the same behind the
	// prefix marker, for families that were trained so.
	Current, Inside string
	// Stops end the model's text. The server's own list is replaced by them, so they are complete.
	Stops []string
	// Special are further control tokens of the family that user text must not hold.
	Special []string
	// Healed tells that the family can do the healed layout; a family must be shown to before it may say so.
	Healed bool
	// names are parts of model names that belong to the family, without parts of names that do not.
	names, without []string
}

// Markers are the three markers in the order in which a prompt holds them.
func (f Format) Markers() []string {
	if f.SuffixFirst {
		return []string{f.Suffix, f.Prefix, f.Middle}
	}
	return []string{f.Prefix, f.Suffix, f.Middle}
}

// Validate tells what is wrong with a format, nil when nothing is.
func (f Format) Validate() error {
	markers := map[string]string{"prefix": f.Prefix, "suffix": f.Suffix, "middle": f.Middle}
	for _, name := range []string{"prefix", "suffix", "middle"} {
		if strings.TrimSpace(markers[name]) == "" {
			return fmt.Errorf("format %s: the %s marker is empty", f.Name, name)
		}
	}
	if f.Prefix == f.Suffix || f.Suffix == f.Middle || f.Prefix == f.Middle {
		return fmt.Errorf("format %s: two markers are the same", f.Name)
	}
	headers := map[string]string{"repository": f.Repository, "snippet": f.Snippet, "current": f.Current, "inside": f.Inside}
	for _, name := range []string{"repository", "snippet", "current", "inside"} {
		if header := headers[name]; strings.Count(header, "%") != strings.Count(header, "%s") || strings.Count(header, "%s") > 1 {
			return fmt.Errorf("format %s: the %s header may hold one %%s and no other %%", f.Name, name)
		}
	}
	if len(f.Stops) == 0 {
		return fmt.Errorf("format %s: there are no stops", f.Name)
	}
	for _, stop := range f.Stops {
		if stop == "" {
			return fmt.Errorf("format %s: a stop is empty", f.Name)
		}
	}
	return nil
}

// Custom makes a format of a user's own fields: prefix, suffix, middle, repository, snippet, between, current,
// inside (texts), suffix_first, healed (true or false), stops, special (lists of texts).
func Custom(name string, fields map[string]any) (Format, error) {
	f := Format{Name: name}
	texts := map[string]*string{"prefix": &f.Prefix, "suffix": &f.Suffix, "middle": &f.Middle, "repository": &f.Repository,
		"snippet": &f.Snippet, "between": &f.Between, "current": &f.Current, "inside": &f.Inside}
	flags := map[string]*bool{"suffix_first": &f.SuffixFirst, "healed": &f.Healed}
	lists := map[string]*[]string{"stops": &f.Stops, "special": &f.Special}
	for key, value := range fields {
		var ok bool
		if text, isText := texts[key]; isText {
			*text, ok = value.(string)
		} else if flag, isFlag := flags[key]; isFlag {
			*flag, ok = value.(bool)
		} else if list, isList := lists[key]; isList {
			*list, ok = textList(value)
		} else {
			return Format{}, fmt.Errorf("format %s: there is no field %q", name, key)
		}
		if !ok {
			return Format{}, fmt.Errorf("format %s: the field %s has the wrong type", name, key)
		}
	}
	if len(f.Stops) == 0 {
		f.Stops = f.Markers()
	}
	return f, f.Validate()
}

func textList(value any) ([]string, bool) {
	switch value := value.(type) {
	case []string:
		return value, true
	case []any:
		var list []string
		for _, one := range value {
			text, ok := one.(string)
			if !ok {
				return nil, false
			}
			list = append(list, text)
		}
		return list, true
	}
	return nil, false
}
