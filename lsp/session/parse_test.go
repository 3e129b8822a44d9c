package session_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/infill-dev/infill/lsp/lsptest"
)

// TestFastTypingCostsFewParses: a text that is not the newest any more is not parsed.
func TestFastTypingCostsFewParses(t *testing.T) {
	parser := newParser(100 * time.Millisecond)
	seat(t, lsptest.Options{Parser: parser}, func(t *testing.T, d *desk) {
		key := d.open("a.go", "text 0")
		synctest.Wait()
		for i := range 1000 {
			d.edit(key, int32(i+2), fmt.Sprintf("text %d", i+1))
		}
		synctest.Wait()
		time.Sleep(time.Second)
		if diff := cmp.Diff([]string{"text 0", "text 1000"}, parser.parsed(t)); diff != "" {
			t.Error(diff)
		}
		for i := range 100 { // a key every 10 ms: a parse takes ten of them
			d.edit(key, int32(i+2000), fmt.Sprintf("slow %d", i))
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(time.Second)
		texts := parser.parsed(t)
		if n := len(texts); n < 10 || n > 15 || texts[n-1] != "slow 99" {
			t.Errorf("parsed %d times, the last is %q", n, texts[n-1])
		}
		place, err := d.Place(key)
		if err != nil || place.File.Text() != "slow 99" {
			t.Errorf("the place is in %v, %v", place.File, err)
		}
	})
}

// TestEditsWaitForNothing, not even for a parse that takes an hour.
func TestEditsWaitForNothing(t *testing.T) {
	parser := newParser(time.Hour)
	seat(t, lsptest.Options{Parser: parser}, func(t *testing.T, d *desk) {
		began := time.Now()
		key := d.open("a.go", "one")
		synctest.Wait()
		d.edit(key, 2, "two")
		if got := d.text(t, key); got != "two" {
			t.Errorf("the text is %q", got)
		}
		d.Close(key)
		if _, _, err := d.Text(key); err == nil {
			t.Error("a closed document has a text")
		}
		if took := time.Since(began); took > 0 {
			t.Errorf("it took %s", took)
		}
		d.Shutdown() // nor does the end of the session
		if took := time.Since(began); took > 0 {
			t.Errorf("it took %s", took)
		}
		parser.parsed(t)
	})
}

// TestTheParserForgets each document that is closed, once no call for it is under way. The host's parser of lsptest
// fails the test if one is left.
func TestTheParserForgets(t *testing.T) {
	tests := map[string]func(d *desk, key string){
		"closed at once":        func(d *desk, key string) { d.Close(key) },
		"closed during a parse": func(d *desk, key string) { synctest.Wait(); d.Close(key) },
		"closed after it":       func(d *desk, key string) { time.Sleep(time.Minute); d.Close(key) },
		"edited and closed":     func(d *desk, key string) { synctest.Wait(); d.edit(key, 2, "two"); d.Close(key) },
		"closed and opened":     func(d *desk, key string) { synctest.Wait(); d.Close(key); d.open("a.go", "again") },
		"closed twice":          func(d *desk, key string) { d.Close(key); d.Close(key) },
		"left open":             func(*desk, string) {},
	}
	for name, end := range tests {
		t.Run(name, func(t *testing.T) {
			parser := newParser(time.Second)
			seat(t, lsptest.Options{Parser: parser}, func(t *testing.T, d *desk) {
				end(d, d.open("a.go", "one"))
				time.Sleep(time.Minute)
				d.Shutdown()
				parser.parsed(t)
				for handle := range parser.texts {
					if parser.closed[handle] == 0 {
						t.Errorf("document %d was never closed", handle)
					}
				}
			})
		})
	}
}

// TestAPanicInTheParser costs one parse: the document is edited, parsed and completed as before.
func TestAPanicInTheParser(t *testing.T) {
	var panics atomic.Int32
	parser := newParser(time.Millisecond)
	parser.panic = "PANIC"
	options := lsptest.Options{Parser: parser, Panicked: func(string, any) { panics.Add(1) }}
	seat(t, options, func(t *testing.T, d *desk) {
		key := d.open("a.go", "PANIC")
		time.Sleep(time.Second)
		d.edit(key, 2, "good")
		time.Sleep(time.Second)
		d.edit(key, 3, "PANIC again")
		time.Sleep(time.Second)
		d.edit(key, 4, "better")
		time.Sleep(time.Second)
		if diff := cmp.Diff([]string{"PANIC", "good", "PANIC again", "better"}, parser.parsed(t)); diff != "" {
			t.Error(diff)
		}
		if n := panics.Load(); n != 2 {
			t.Errorf("%d panics were told", n)
		}
		if got := d.text(t, key); got != "better" {
			t.Errorf("the text is %q", got)
		}
		d.Close(key)
		d.open("b.go", "PANIC") // and is closed by the end
		time.Sleep(time.Second)
	})
}
