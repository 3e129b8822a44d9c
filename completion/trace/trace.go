// Package trace says what happened in one completion request, as plain values, for `infill explain`, logs and pages.
//
// One thing must stay true: every request leaves a Trace, and a request that shows nothing has a Silence.
package trace

import "time"

// Trace is the story of one request. Durations are since the request began.
type Trace struct {
	Path            string        `json:"path"`
	Line            int           `json:"line"`   // from 1
	Column          int           `json:"column"` // from 1, in bytes
	Snapshot        uint64        `json:"snapshot"`
	Wanted          string        `json:"wanted,omitempty"` // "rest of the line", "statement" or "block"
	Engine          string        `json:"engine"`           // what the first item came from: "ollama qwen2.5-coder:0.5b", "local"; empty when silent
	Model           string        `json:"model,omitempty"`
	Family          string        `json:"family,omitempty"`
	Stages          []Stage       `json:"stages"`
	Sections        []Section     `json:"sections,omitempty"`
	Prompt          string        `json:"prompt,omitempty"`
	Healed          string        `json:"healed,omitempty"`       // typed text that the prompt left out and the model had to bring back
	PromptTokens    int           `json:"promptTokens,omitempty"` // as the server counted
	GeneratedTokens int           `json:"generatedTokens,omitempty"`
	Candidates      []Candidate   `json:"candidates,omitempty"`
	Silence         string        `json:"silence,omitempty"` // why nothing was shown, one sentence; empty when something was
	Problem         string        `json:"problem,omitempty"` // what went wrong with the model, one sentence
	FirstToken      time.Duration `json:"firstToken,omitempty"`
	Total           time.Duration `json:"total"`
}

// Stage is one step of the request.
type Stage struct {
	Name  string        `json:"name"` // "gate", "local", "gather", "build", "generate", "rank"
	Start time.Duration `json:"start"`
	Took  time.Duration `json:"took"`
	Note  string        `json:"note,omitempty"`
}

// Section is one part of the prompt.
type Section struct {
	Name                string  `json:"name"` // "repository", "snippet", "file header", "prefix", "suffix", "current line"
	Path                string  `json:"path,omitempty"`
	FirstLine, LastLine int     `json:"-"`
	Tokens              int     `json:"tokens"`
	Kept                int     `json:"kept"` // bytes kept
	Cut                 int     `json:"cut"`  // bytes cut away
	Reason              string  `json:"reason,omitempty"`
	Score               float64 `json:"score,omitempty"`
}

// Candidate is one text that was considered.
type Candidate struct {
	Text   string  `json:"text"`
	Kind   string  `json:"kind"` // "rest of the line", "statement", "block", "first line", "copied"
	Engine string  `json:"engine"`
	Score  float64 `json:"score"`
	Shown  bool    `json:"shown"`
	Facts  []Fact  `json:"facts"`
	Reason string  `json:"reason,omitempty"` // why it was dropped
}

// Fact is one property of a candidate with what it adds to the score.
type Fact struct {
	Name   string  `json:"name"`
	Value  float64 `json:"value"`
	Weight float64 `json:"weight"`
}
