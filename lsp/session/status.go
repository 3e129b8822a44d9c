package session

import (
	"fmt"
	"slices"

	"github.com/infill-dev/infill/completion"
	"github.com/infill-dev/infill/lsp/host"
)

// indexing tells of the state of a folder. One that the client has closed is of no interest.
func (s *Session) indexing(f *folder, state *host.State) {
	percent, message := 0, fmt.Sprintf("%d of %d files", state.Done, state.Total)
	if state.Total > 0 {
		percent = state.Done * 100 / state.Total
	}
	if !state.Indexing {
		message = fmt.Sprintf("%d files", state.Base.Files())
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if slices.Contains(s.folders, f) {
		s.busyWith(f, state.Indexing, percent, message)
	}
}

// busyWith notes whether a folder is being read, and tells the client. There is one progress for all folders, which
// ends with the last of them. The caller holds the mutex, so that nobody is told of an older state behind a newer one.
func (s *Session) busyWith(f *folder, indexing bool, percent int, message string) {
	before := len(s.busy.folders) > 0
	s.busy.set(f, indexing, percent)
	changed, after := s.restate(), len(s.busy.folders) > 0
	if before || after {
		s.out.put(Progress{Work: "index", Title: "Indexing", Percent: s.busy.least(), Done: !after, Message: message})
	}
	s.report(changed)
}

// modelState tells of the model: that it is being loaded, or how that ended. Only the newest round counts.
func (s *Session) modelState(round int, loading bool, outcome completion.Status) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if round != s.busy.round {
		return
	}
	s.busy.loading, s.busy.model = loading, outcome
	changed := s.restate()
	s.out.put(Progress{Work: "model", Title: "Loading the model", Percent: -1, Done: !loading, Message: outcome.Model + outcome.Problem})
	s.report(changed)
}

// report tells the client of the status when it has changed. The caller holds the mutex.
func (s *Session) report(changed bool) {
	if changed {
		s.out.put(s.status)
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
	round   int // how often loading a model has begun
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

// least is the percentage of the folder that will take longest; 100 when none is read.
func (b *busy) least() int {
	least := 100
	for _, percent := range b.folders {
		least = min(least, percent)
	}
	return least
}

// restate finds the status anew and tells whether it has changed. The caller holds the mutex.
func (s *Session) restate() bool {
	next := Status{Kind: Ready, Model: s.busy.model.Model}
	switch {
	case len(s.busy.folders) > 0:
		least := s.busy.least()
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
