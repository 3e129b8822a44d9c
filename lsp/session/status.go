package session

import (
	"fmt"

	"github.com/infill-dev/infill/completion"
	"github.com/infill-dev/infill/lsp/host"
)

// indexing tells of the state of a folder.
func (s *Session) indexing(f *folder, state *host.State) {
	percent := 0
	if state.Total > 0 {
		percent = state.Done * 100 / state.Total
	}
	progress := Progress{Work: "index", Title: "Indexing", Percent: percent, Done: !state.Indexing,
		Message: fmt.Sprintf("%d of %d files", state.Done, state.Total)}
	if progress.Done {
		progress.Message = fmt.Sprintf("%d files", state.Base.Files())
	}
	s.mutex.Lock()
	s.busy.set(f, state.Indexing, percent)
	changed := s.restate()
	s.mutex.Unlock()
	if changed || state.Indexing {
		s.out.put(progress)
	}
	s.report(changed)
}

// modelState tells of the model: that it is being loaded, or how that ended.
func (s *Session) modelState(loading bool, outcome completion.Status) {
	s.mutex.Lock()
	s.busy.loading, s.busy.model = loading, outcome
	changed := s.restate()
	s.mutex.Unlock()
	s.out.put(Progress{Work: "model", Title: "Loading the model", Percent: -1, Done: !loading, Message: outcome.Model + outcome.Problem})
	s.report(changed)
}

func (s *Session) report(changed bool) {
	if changed {
		s.out.put(s.Status())
	}
}

// Status is what the session is doing now.
func (s *Session) Status() Status {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.status
}

// busy is what the status is made of.
type busy struct {
	folders map[*folder]int // those that are indexed at the moment, with the percentage done
	loading bool
	model   completion.Status
}

func (b *busy) set(f *folder, indexing bool, percent int) {
	if b.folders == nil {
		b.folders = map[*folder]int{}
	}
	if indexing {
		b.folders[f] = percent
	} else {
		delete(b.folders, f)
	}
}

// restate finds the status anew and tells whether it has changed. The caller holds the mutex.
func (s *Session) restate() bool {
	next := Status{Kind: Ready, Model: s.busy.model.Model}
	switch {
	case len(s.busy.folders) > 0:
		least := 100
		for _, percent := range s.busy.folders {
			least = min(least, percent)
		}
		next.Kind, next.Message, next.Percent = Indexing, fmt.Sprintf("Indexing, %d %%", least), least
	case s.busy.loading:
		next.Kind, next.Message = Loading, "Loading the model"
	case s.busy.model.Problem != "":
		next.Kind, next.Message = Problem, s.busy.model.Problem
	case s.busy.model.Model != "":
		next.Message = "Ready with " + s.busy.model.Model
	default:
		next.Message = "Ready without a model"
	}
	changed := next != s.status
	s.status = next
	return changed
}
