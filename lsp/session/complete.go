package session

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/infill-dev/infill/completion"
	"github.com/infill-dev/infill/completion/local"
	"github.com/infill-dev/infill/completion/trace"
	"github.com/infill-dev/infill/context/source"
	"github.com/infill-dev/infill/context/workspace"
)

// Place is a document at the moment in which a request about it arrived: later edits do not change it.
type Place struct {
	File     *source.File
	path     source.Path
	lost     string
	snapshot *workspace.Snapshot
	local    *local.Index
	engine   *completion.Engine
	items    int
	root     string
	document *document
	turn     uint64
}

// Place takes the place of a document now, for one request. It ends the request before it in the same document, since an
// editor shows one answer only. This happens here and not in Complete, because requests that run beside each other
// reach Complete in any order. The error tells that the document is not open.
func (s *Session) Place(key string) (Place, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	d := s.documents[key]
	if d == nil {
		return Place{}, ErrNotOpen
	}
	d.overtake()
	f := d.folder
	snapshot := f.present.Load()
	current, _ := snapshot.Document(d.path)
	return Place{File: current.File, path: d.path, lost: d.lost, snapshot: snapshot, local: f.local.Load(),
		engine: f.engine.Load(), items: f.settings.Load().Items, root: f.root, document: d, turn: d.turn}, nil
}

// Ask is what a request wants to know about a place.
type Ask struct {
	Offset       source.Offset
	Invoked      bool // the user asked; otherwise the editor does while the user types
	Selected     string
	SelectedSpan source.Span
}

// Complete answers a request. The answer may be silence, whose reason is in its trace; a request that was overtaken by an
// edit or by a later one is answered so, too. The error is that of ctx.
func (s *Session) Complete(ctx context.Context, at Place, ask Ask) (completion.Answer, error) {
	if at.lost != "" {
		return s.silent(at, "The text of the document is not known: "+at.lost+"."), nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if !s.begin(at, cancel) {
		return s.silent(at, overtaken), nil
	}
	request := completion.Request{Snapshot: at.snapshot, Path: at.path, Offset: ask.Offset, Invoked: ask.Invoked, Count: 1,
		Selected: ask.Selected, SelectedSpan: ask.SelectedSpan, Local: at.local, Repository: filepath.Base(at.root)}
	if at.root == "" {
		request.Repository = ""
	}
	if ask.Invoked {
		request.Count = at.items
	}
	var last completion.Answer
	for answer, err := range at.engine.Complete(ctx, request) {
		if err != nil {
			if errors.Is(context.Cause(ctx), errOvertaken) {
				return s.silent(at, overtaken), nil
			}
			return completion.Answer{}, err
		}
		last = answer
	}
	s.tell(last.Trace)
	return last, nil
}

// overtaken is the reason of a silence that nobody will see.
const overtaken = "Overtaken by an edit or a newer request."

// begin makes a request the one under way in its document; false when it has been overtaken already.
func (s *Session) begin(at Place, cancel context.CancelCauseFunc) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if at.document.turn != at.turn {
		return false
	}
	at.document.asked = cancel
	return true
}

func (s *Session) silent(at Place, why string) completion.Answer {
	t := &trace.Trace{Path: string(at.path), Snapshot: at.snapshot.Number(), Silence: why}
	s.tell(t)
	return completion.Answer{Trace: t, Final: true}
}

// tell logs a request in one line and reports it.
func (s *Session) tell(t *trace.Trace) {
	if t == nil {
		return
	}
	attributes := []slog.Attr{slog.String("at", fmt.Sprintf("%s:%d:%d", t.Path, t.Line, t.Column)), slog.Uint64("snapshot", t.Snapshot),
		slog.String("engine", t.Engine), slog.Duration("total", t.Total), slog.Duration("first", t.FirstToken),
		slog.Int("read", t.PromptTokens), slog.Int("written", t.GeneratedTokens)}
	for _, stage := range t.Stages {
		attributes = append(attributes, slog.Duration(stage.Name, stage.Took))
	}
	if t.Silence != "" {
		attributes = append(attributes, slog.String("silent", t.Silence))
	}
	if t.Problem != "" {
		attributes = append(attributes, slog.String("problem", t.Problem))
	}
	s.config.Log.LogAttrs(s.life, slog.LevelInfo, "completion", attributes...)
	s.out.put(Completed{t})
}

// maxSaved bounds a file that is read again after its text was lost.
const maxSaved = 64 << 20

// readSaved reads what an editor has just saved in a folder, as the editor shows it: without a byte order mark. It
// follows no link out of the folder, and refuses what is no UTF-8, since nobody knows how the editor shows that.
func readSaved(folder string, name source.Path) (string, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return "", err
	}
	defer root.Close()
	info, err := root.Lstat(filepath.FromSlash(string(name)))
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() || info.Size() > maxSaved {
		return "", errors.New("not a plain file of a usable size")
	}
	text, err := root.ReadFile(filepath.FromSlash(string(name)))
	if err != nil {
		return "", err
	}
	if !utf8.Valid(text) {
		return "", errors.New("not UTF-8")
	}
	return strings.TrimPrefix(string(text), "\ufeff"), nil
}
