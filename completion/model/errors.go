package model

import "errors"

// Error is a failure of a model server, with one sentence for people.
type Error struct {
	Kind     error  // one of the Err values below
	Sentence string // "Ollama at http://127.0.0.1:11434 does not answer."
	Cause    error  // what happened underneath; may be nil
}

// The kinds of failure. Use errors.Is to tell them apart.
var (
	ErrUnreachable = errors.New("model server unreachable")
	ErrNoModel     = errors.New("no such model")
	ErrLoading     = errors.New("model is loading")
	ErrTooLong     = errors.New("prompt longer than the context")
	ErrBusy        = errors.New("model server busy")
	ErrMalformed   = errors.New("malformed answer from the model server")
	ErrRefused     = errors.New("request refused by the model server")
	ErrAddress     = errors.New("not the address of a model server")
	ErrForbidden   = errors.New("address not allowed")
	ErrTimeout     = errors.New("model server too slow")
)

func (e *Error) Error() string {
	if e.Cause == nil {
		return e.Sentence
	}
	return e.Sentence + " (" + e.Cause.Error() + ")"
}

// Sentence is what people are told of an error: the sentence of the Error in its chain, else its own text.
func Sentence(err error) string {
	var failure *Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &failure):
		return failure.Sentence
	}
	return err.Error()
}

// Unwrap lets errors.Is find the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Cause}
}
