package headless

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"

	"go.lsp.dev/jsonrpc2"

	"github.com/infill-dev/infill/lsp/position"
)

// told takes a notification of the server, on the reading goroutine. What cannot be read is as if it had not come,
// but OnNotification sees it.
func (e *Editor) told(method string, params []byte) {
	if e.options.OnNotification != nil {
		e.options.OnNotification(strings.Clone(method), slices.Clone(params)) // both are borrowed from the stream
	}
	switch method {
	case "infill/status":
		var status Status
		if json.Unmarshal(params, &status) == nil {
			if e.options.OnStatus != nil {
				e.options.OnStatus(status)
			}
			e.note(func() {
				e.statuses = append(e.statuses, status)
				close(e.changed)
				e.changed = make(chan struct{})
			})
		}
	case "window/logMessage":
		var log Log
		if json.Unmarshal(params, &log) == nil {
			e.note(func() { e.logs = append(e.logs, log) })
		}
	case "$/progress":
		var step struct {
			Token json.RawMessage `json:"token"`
			Value Progress        `json:"value"`
		}
		if json.Unmarshal(params, &step) == nil {
			step.Value.Token = tokenOf(step.Token)
			e.note(func() { e.progress = append(e.progress, step.Value) })
		}
	}
}

func (e *Editor) note(change func()) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	change()
}

// tokenOf is a progress token, which may be a number or a text, as text.
func tokenOf(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	return string(raw)
}

// asked answers a request of the server, on the reading goroutine.
func (e *Editor) asked(method string, params []byte) (any, error) {
	switch method {
	case "workspace/configuration":
		return e.configuration(params)
	case "workspace/workspaceFolders":
		if e.options.Root == "" {
			return nil, nil
		}
		return []object{{"uri": position.URIFromPath(e.options.Root), "name": filepath.Base(e.options.Root)}}, nil
	case "client/registerCapability":
		var asked struct {
			Registrations []struct {
				Method string `json:"method"`
			} `json:"registrations"`
		}
		if err := json.Unmarshal(params, &asked); err != nil {
			return nil, jsonrpc2.NewError(jsonrpc2.InvalidParams, err.Error())
		}
		for _, one := range asked.Registrations {
			e.note(func() { e.wanted = append(e.wanted, one.Method) })
		}
		return nil, nil
	case "window/workDoneProgress/create":
		var asked struct {
			Token json.RawMessage `json:"token"`
		}
		if err := json.Unmarshal(params, &asked); err != nil {
			return nil, jsonrpc2.NewError(jsonrpc2.InvalidParams, err.Error())
		}
		e.note(func() { e.progress = append(e.progress, Progress{Token: tokenOf(asked.Token), Kind: "create"}) })
		return nil, nil
	case "client/unregisterCapability", "window/showMessageRequest":
		return nil, nil
	}
	return nil, jsonrpc2.NewError(jsonrpc2.MethodNotFound, "an editor without a screen has no "+method)
}

// configuration gives the sections that the server asks for, null for those that there are not.
func (e *Editor) configuration(params []byte) (any, error) {
	var asked struct {
		Items []struct {
			Section string `json:"section"`
		} `json:"items"`
	}
	if err := json.Unmarshal(params, &asked); err != nil {
		return nil, jsonrpc2.NewError(jsonrpc2.InvalidParams, err.Error())
	}
	answer := make([]any, len(asked.Items))
	for i, item := range asked.Items {
		answer[i] = e.options.Configuration[item.Section]
	}
	return answer, nil
}
