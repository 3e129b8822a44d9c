package session

import (
	"context"
	"errors"
	"fmt"

	"github.com/infill-dev/infill/context/outline"
	"github.com/infill-dev/infill/context/source"
	"github.com/infill-dev/infill/context/workspace"
)

// document is one open document. The session's mutex guards its fields.
type document struct {
	name     string // absolute path; empty for one that is no file
	folder   *folder
	path     source.Path
	language string
	handle   outline.Handle
	version  int32
	lost     string                  // why its text is not known any more; empty while it is
	parsing  bool                    // a goroutine is at it
	stale    bool                    // the text has changed since that goroutine took it
	turn     uint64                  // grows with each edit and each request: a request of an older turn is overtaken
	asked    context.CancelCauseFunc // ends the request of this turn, when it is under way
}

// errOvertaken ends a completion whose place was edited or asked about again.
var errOvertaken = errors.New("overtaken by an edit or a newer request")

// Open takes over a document that an editor opened, or its whole text anew. key names it, name is its absolute path,
// empty when it is no file.
func (s *Session) Open(key, name, language string, version int32, text string) {
	s.mutex.Lock()
	d := s.documents[key]
	s.mutex.Unlock()
	if d == nil {
		f, path := s.place(key, name)
		d = &document{name: name, folder: f, path: path, language: language, handle: s.config.Host.NewHandle()}
	}
	d.folder.apply(workspace.Opened{File: source.NewFile(d.path, text), Language: language, Version: version, Handle: d.handle})
	s.mutex.Lock()
	s.documents[key] = d
	d.version, d.language, d.lost = version, language, ""
	d.overtake()
	s.mutex.Unlock()
	s.parse(d)
}

// Text is the text of an open document. The error tells that it is not open or that its text is not known.
func (s *Session) Text(key string) (file *source.File, version int32, err error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	d := s.documents[key]
	if d == nil {
		return nil, 0, ErrNotOpen
	}
	if d.lost != "" {
		return nil, d.version, errors.New(d.lost)
	}
	current, _ := d.folder.present.Load().Document(d.path)
	return current.File, d.version, nil
}

// Edit gives an open document its next text. It waits for nothing.
func (s *Session) Edit(key string, version int32, file *source.File) {
	s.mutex.Lock()
	d := s.documents[key]
	if d == nil {
		s.mutex.Unlock()
		return
	}
	d.version, d.lost = version, ""
	d.overtake()
	s.mutex.Unlock()
	d.folder.apply(workspace.Edited{File: file, Version: version})
	s.parse(d)
}

// Lose notes that the text of a document is not known any more, which silences completion there until the document is
// saved, opened again or sent as a whole. It is told once for each document.
func (s *Session) Lose(key, why string) {
	s.mutex.Lock()
	d := s.documents[key]
	if d == nil || d.lost != "" {
		s.mutex.Unlock()
		return
	}
	d.lost = why
	d.overtake()
	name, wayOut := d.name, "Save it"
	s.mutex.Unlock()
	if name == "" {
		name = key
	}
	if d.folder.root == "" {
		wayOut = "Close it and open it again" // what lies outside the folders is not read
	}
	s.warn(fmt.Sprintf("The text of %s is not known any more: %s. %s to go on.", name, why, wayOut))
}

// Save notes that an editor saved a document. Text is what it saved, when the editor says so. A text that was lost is
// found again.
func (s *Session) Save(key string, text *string) {
	s.mutex.Lock()
	d := s.documents[key]
	s.mutex.Unlock()
	if d == nil {
		return
	}
	if space := d.folder.space.Load(); space != nil {
		space.Changed(d.path)
	}
	current, version, err := s.Text(key)
	switch {
	case text != nil && (err != nil || current.Text() != *text):
		s.Open(key, d.name, d.language, version, *text)
	case text == nil && err != nil && d.folder.root != "":
		saved, err := readSaved(d.folder.root, d.path)
		if err != nil {
			s.config.Log.Warn("read what was saved", "document", d.name, "problem", err.Error())
			return
		}
		s.Open(key, d.name, d.language, version, saved)
	}
}

// Close forgets a document that an editor closed.
func (s *Session) Close(key string) {
	s.mutex.Lock()
	d := s.documents[key]
	delete(s.documents, key)
	if d != nil {
		d.overtake()
		d.stale = false
	}
	s.mutex.Unlock()
	if d == nil {
		return
	}
	d.folder.apply(workspace.Closed{Path: d.path})
	s.Background("closing a document", func(context.Context) { s.forget(d) })
}

// forget frees what the parser holds of a closed document, once no parse of it runs.
func (s *Session) forget(d *document) {
	s.mutex.Lock()
	busy := d.parsing
	s.mutex.Unlock()
	if !busy {
		s.config.Host.Parser().Close(d.handle)
	}
}

// overtake ends the completion that is under way in a document, or about to be. The caller holds the mutex.
func (d *document) overtake() {
	d.turn++
	if d.asked != nil {
		d.asked(errOvertaken)
		d.asked = nil
	}
}

// parse sees to it that the outline of the newest text will come. At most one goroutine is at a document; it takes
// the newest text each time, so that keys pressed meanwhile cost one parse and not one each.
func (s *Session) parse(d *document) {
	s.mutex.Lock()
	d.stale = true
	busy := d.parsing
	d.parsing = true
	s.mutex.Unlock()
	if busy {
		return
	}
	s.Background("parsing "+string(d.path), func(ctx context.Context) {
		done := false
		defer func() { s.parsed(d, done) }()
		for s.parseOnce(ctx, d) {
		}
		done = true
	})
}

// parseOnce outlines the newest text; false when there is no newer one.
func (s *Session) parseOnce(ctx context.Context, d *document) bool {
	s.mutex.Lock()
	if !d.stale || ctx.Err() != nil {
		d.parsing = false
		s.mutex.Unlock()
		return false
	}
	d.stale = false
	in, path, language := d.folder, d.path, d.language // a folder that comes later may take the document over
	s.mutex.Unlock()
	current, open := in.present.Load().Document(path)
	if !open {
		return true
	}
	facts, err := s.config.Host.Parser().Outline(ctx, outline.ParseRequest{Handle: d.handle, Path: path, Language: language,
		Text: current.File.Text(), Hash: current.File.Hash()})
	if err == nil {
		in.apply(workspace.Outlined{Path: path, Outline: &facts})
	}
	return true
}

// parsed ends the work of a parsing goroutine: after a panic the document goes on without, and a document closed
// meanwhile is forgotten.
func (s *Session) parsed(d *document, done bool) {
	s.mutex.Lock()
	if !done {
		d.parsing = false
	}
	open := false
	for _, other := range s.documents {
		open = open || other == d
	}
	s.mutex.Unlock()
	if !open {
		s.config.Host.Parser().Close(d.handle)
	}
}

// PathOf is the path of an open document in its folder; empty when it is not open.
func (s *Session) PathOf(key string) source.Path {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if d := s.documents[key]; d != nil {
		return d.path
	}
	return ""
}
