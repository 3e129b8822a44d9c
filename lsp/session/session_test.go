package session_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/infill-dev/infill/completion/modeltest"
	"github.com/infill-dev/infill/completion/settings"
	"github.com/infill-dev/infill/context/source"
	"github.com/infill-dev/infill/lsp/lsptest"
	"github.com/infill-dev/infill/lsp/session"
)

// TestThousandEdits leave the exact text, and no crowd of goroutines on the way.
func TestThousandEdits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pair := lsptest.Server(t, lsptest.Options{Model: modeltest.New("~1s|x⏎")})
		pair.Ready()
		d := pair.Document("a.go", "package a\n\n")
		before, most := runtime.NumGoroutine(), 0
		for i := range 1000 {
			at := len(d.Text())
			if err := d.Edit(source.Edit{Span: source.Span{Start: at, End: at}, New: fmt.Sprintf("var v%d = %d\n", i, i)}); err != nil {
				t.Fatal(err)
			}
			most = max(most, runtime.NumGoroutine())
		}
		got, err := pair.ServerText(d)
		if err != nil || got != d.Text() || strings.Count(got, "\n") != 1002 {
			t.Errorf("%d bytes, %v", len(got), err)
		}
		if most > before+10 {
			t.Errorf("%d goroutines, %d before", most, before)
		}
	})
}

// TestLostIsToldOnce for each time that it happens to a document.
func TestLostIsToldOnce(t *testing.T) {
	seat(t, lsptest.Options{}, func(t *testing.T, d *desk) {
		a, b := d.open("a.go", "one"), d.open("b.go", "one")
		for _, key := range []string{a, a, b, a, "/never/opened.go"} {
			d.Lose(key, "it does not fit")
		}
		synctest.Wait()
		if told := d.warned(); len(told) != 2 || !strings.Contains(told[0], "a.go") || !strings.Contains(told[1], "b.go") {
			t.Errorf("told %q", told)
		}
		if _, _, err := d.Text(a); err == nil {
			t.Error("a lost text is known")
		}
		place, err := d.Place(a)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := d.Complete(t.Context(), place, session.Ask{Invoked: true})
		if err != nil || len(answer.Items) != 0 || !strings.Contains(answer.Trace.Silence, "it does not fit") {
			t.Errorf("answered %+v, %v", answer, err)
		}
	})
}

// TestAClientThatIsNotToldInTime hears the newest of everything, and nothing grows meanwhile.
func TestAClientThatIsNotToldInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := lsptest.Host(t, lsptest.Options{Model: modeltest.New("x⏎")})
		release := make(chan struct{})
		var events []session.Event
		s := session.New(context.WithoutCancel(t.Context()), session.Config{Host: h, Settings: settings.Default(),
			Report: func(ctx context.Context, event session.Event) {
				select {
				case <-release:
				case <-ctx.Done():
				}
				events = append(events, event)
			}})
		t.Cleanup(s.Shutdown)
		s.Start()
		s.Open("untitled:a", "", "go", 1, "package a\n\nvar y = \n")
		for range 1000 {
			place, err := s.Place("untitled:a")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Complete(t.Context(), place, session.Ask{Offset: 19}); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		close(release)
		synctest.Wait()
		if len(events) > 300 {
			t.Errorf("%d events were kept", len(events))
		}
		var last session.Status
		for _, event := range events {
			if status, ok := event.(session.Status); ok {
				last = status
			}
		}
		if last.Kind != session.Ready || last != s.Status() {
			t.Errorf("the last status is %+v, and it is %+v", last, s.Status())
		}
	})
}

// TestShutdownDuringWork: whoever is still calling finds a session that does nothing any more.
func TestShutdownDuringWork(t *testing.T) {
	seat(t, lsptest.Options{Model: modeltest.New("!stall"), Files: map[string]string{"a.go": "disk"}}, func(t *testing.T, d *desk) {
		d.AddFolder(d.root)
		d.Start()
		key := d.open("a.go", "text 0")
		var group sync.WaitGroup
		group.Go(func() {
			for i := range 1000 {
				d.edit(key, int32(i+2), "text "+fmt.Sprint(i+1))
			}
			d.open("b.go", "more")
			d.Close(key)
		})
		group.Go(func() {
			if place, err := d.Place(key); err == nil {
				_, _ = d.Complete(t.Context(), place, session.Ask{})
			}
		})
		d.Shutdown()
		d.Shutdown()
		group.Wait()
	})
}

// TestTheNewestPlaceWins, in whatever order requests that run beside each other reach Complete.
func TestTheNewestPlaceWins(t *testing.T) {
	const text = "package a\n\nvar y = \n"
	tests := []struct {
		name  string
		later func(d *desk, key string) // behind the place of the request, before its Complete
		shown int
	}{
		{"nothing later", func(*desk, string) {}, 1},
		{"a later request", func(d *desk, key string) { _, _ = d.Place(key) }, 0},
		{"a later edit", func(d *desk, key string) { d.edit(key, 2, text+"// more\n") }, 0},
		{"a close and an open", func(d *desk, key string) { d.Close(key); d.open("a.go", text) }, 0},
		{"an edit elsewhere", func(d *desk, _ string) { d.edit(d.open("b.go", text), 2, text) }, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			seat(t, lsptest.Options{Model: modeltest.New("x⏎")}, func(t *testing.T, d *desk) {
				key := d.open("a.go", text)
				place, err := d.Place(key)
				if err != nil {
					t.Fatal(err)
				}
				test.later(d, key)
				answer, err := d.Complete(t.Context(), place, session.Ask{Offset: len(text) - 1})
				if err != nil || len(answer.Items) != test.shown {
					t.Errorf("%d items, %v: %s", len(answer.Items), err, answer.Trace.Silence)
				}
				if newest, err := d.Place(key); err != nil {
					t.Error(err)
				} else if answer, err := d.Complete(t.Context(), newest, session.Ask{Offset: len(text) - 1}); err != nil || len(answer.Items) != 1 {
					t.Errorf("the newest request got %d items, %v: %s", len(answer.Items), err, answer.Trace.Silence)
				}
			})
		})
	}
}
