package session

import (
	"context"
	"slices"
	"sync"
)

// outbox holds events until the client has been told, so that nobody waits for a client that does not read. What a
// newer event makes untrue is dropped: only the last status and the last progress of a work wait.
type outbox struct {
	wake  chan struct{} // holds one signal: there is something to tell
	mutex sync.Mutex
	queue []Event
}

// mostWaiting bounds the queue; the oldest stories of requests go first.
const mostWaiting = 256

func (o *outbox) put(event Event) {
	o.mutex.Lock()
	o.queue = slices.DeleteFunc(o.queue, func(old Event) bool { return outdated(old, event) })
	if len(o.queue) >= mostWaiting {
		at := slices.IndexFunc(o.queue, func(old Event) bool { _, story := old.(Completed); return story })
		o.queue = slices.Delete(o.queue, max(0, at), max(0, at)+1)
	}
	o.queue = append(o.queue, event)
	o.mutex.Unlock()
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

func outdated(old, next Event) bool {
	switch next := next.(type) {
	case Status:
		_, status := old.(Status)
		return status
	case Progress:
		was, progress := old.(Progress)
		return progress && was.Work == next.Work && !was.Done
	}
	return false
}

// run tells events until ctx ends.
func (o *outbox) run(ctx context.Context, tell func(context.Context, Event)) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-o.wake:
		}
		for ctx.Err() == nil {
			event, ok := o.take()
			if !ok {
				break
			}
			tell(ctx, event)
		}
	}
}

func (o *outbox) take() (Event, bool) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	if len(o.queue) == 0 {
		return nil, false
	}
	event := o.queue[0]
	o.queue = slices.Delete(o.queue, 0, 1)
	return event, true
}
