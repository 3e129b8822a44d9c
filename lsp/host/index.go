package host

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"runtime"
	"slices"
	"time"

	"github.com/sourcegraph/conc/pool"

	"github.com/infill-dev/infill/completion/local"
	"github.com/infill-dev/infill/context/files"
	"github.com/infill-dev/infill/context/outline"
	"github.com/infill-dev/infill/context/source"
	"github.com/infill-dev/infill/context/workspace"
)

// Batches of the index. A batch of 200 files is read and outlined in about a quarter of a second on two cores, often
// enough for a progress bar, and makes a layer worth having. The local engine's index is made anew when the folder
// has been quiet for a while, because that costs about a second for a million tokens.
const (
	batchFiles = 200
	quiet      = 3 * time.Second
)

// run keeps the space current until ctx ends.
func (s *Space) run(ctx context.Context) {
	defer s.tree.Close()
	stale := time.NewTimer(quiet)
	stale.Stop()
	defer stale.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
			s.host.Guard("indexing "+s.root, func() { s.work(ctx) })
			stale.Reset(quiet)
		case <-stale.C:
			s.host.Guard("indexing "+s.root, func() { s.renewLocal(ctx) })
		}
	}
}

// work does what there is to do now.
func (s *Space) work(ctx context.Context) {
	s.mutex.Lock()
	changed, rescan := s.changed, s.rescan
	s.changed, s.rescan = map[source.Path]bool{}, false
	s.mutex.Unlock()
	if !rescan {
		rescan = s.update(ctx, changed)
	}
	if rescan {
		s.scan(ctx)
	}
}

// scan walks the whole folder.
func (s *Space) scan(ctx context.Context) {
	skipped := map[string]int{}
	first := s.State().Local == nil
	s.publish(func(state *State) { state.Indexing, state.Done, state.Total = true, 0, 0 })
	var entries []source.Path
	for entry := range s.tree.Walk(ctx, func(one files.Skipped) { skipped[one.Reason]++ }) {
		entries = append(entries, entry.Path)
	}
	seen := make(map[source.Path]bool, len(entries))
	for _, path := range entries {
		seen[path] = true
	}
	var gone []source.Path
	for _, path := range s.State().Base.Paths() {
		if !seen[path] {
			gone = append(gone, path)
		}
	}
	s.publish(func(state *State) {
		state.Total = len(entries)
		state.Base = state.Base.Remove(workspace.Removed{Paths: gone})
	})
	for len(entries) > 0 && ctx.Err() == nil {
		size := min(batchFiles, len(entries))
		s.read(ctx, entries[:size], skipped)
		entries = entries[size:]
	}
	if ctx.Err() != nil {
		return
	}
	if first {
		s.renewLocal(ctx)
	}
	s.publish(func(state *State) { state.Indexing, state.Skipped = false, skipped })
}

// read reads and outlines files and adds those that are new or have changed.
func (s *Space) read(ctx context.Context, paths []source.Path, skipped map[string]int) {
	base := s.State().Base
	records := make([]*workspace.Record, len(paths))
	workers := pool.New().WithMaxGoroutines(max(1, runtime.GOMAXPROCS(0)))
	for i, path := range paths {
		workers.Go(func() {
			s.host.Guard("reading "+string(path), func() { records[i] = s.record(ctx, base, path) })
		})
	}
	workers.Wait()
	var batch workspace.Indexed
	for _, record := range records {
		switch {
		case record == nil:
			skipped["not readable as text"]++
		case record.File != nil:
			batch.Records = append(batch.Records, record)
		}
	}
	next := base
	if len(batch.Records) > 0 {
		next = base.Index(batch).Compact()
	}
	s.publish(func(state *State) {
		state.Base = next
		state.Done += len(paths)
	})
}

// record reads and outlines one file: nil for one that is no text for us, an empty record for one that has not
// changed.
func (s *Space) record(ctx context.Context, base *workspace.Base, path source.Path) *workspace.Record {
	if ctx.Err() != nil {
		return nil
	}
	file, err := s.tree.Read(path)
	if err != nil {
		return nil
	}
	if old, known := base.Record(path); known && old.File.Text() == file.Text() {
		return &workspace.Record{}
	}
	facts, err := s.host.config.Parser.Outline(ctx, outline.ParseRequest{Path: path, Text: file.Text(), Hash: file.Hash(), Background: true})
	if err != nil {
		return &workspace.Record{File: file} // the parser is gone: context as text
	}
	return &workspace.Record{File: file, Outline: &facts}
}

// update looks at changed paths one by one. It is true when only a walk can tell: a folder has come.
func (s *Space) update(ctx context.Context, changed map[source.Path]bool) (rescan bool) {
	var batch workspace.Indexed
	var removed workspace.Removed
	base := s.State().Base
	for _, path := range slices.Sorted(maps.Keys(changed)) { // equal events make equal bases
		if s.tree.Ignored(path) != "" {
			removed.Paths = append(removed.Paths, path, path+"/")
			continue
		}
		file, err := s.tree.Read(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			removed.Paths = append(removed.Paths, path, path+"/")
		case err != nil && s.tree.IsFolder(path):
			return true
		case err != nil:
			removed.Paths = append(removed.Paths, path)
		default:
			if record := s.record(ctx, base, file.Path()); record != nil && record.File != nil {
				batch.Records = append(batch.Records, record)
			}
		}
	}
	next := base.Remove(removed).Index(batch).Compact()
	if next != base {
		s.publish(func(state *State) { state.Base = next })
	}
	return false
}

// renewLocal makes the local engine's index of the files that are known now, when they are others than before.
func (s *Space) renewLocal(ctx context.Context) {
	base := s.State().Base
	if base == s.indexed {
		return
	}
	index := local.Build(func(yield func(*source.File) bool) {
		for record := range base.Records() {
			if ctx.Err() != nil || !yield(record.File) {
				return
			}
		}
	})
	if ctx.Err() == nil {
		s.indexed = base
		s.publish(func(state *State) { state.Local = index })
	}
}
