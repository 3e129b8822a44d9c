package source

// ShiftSpan moves a span of an older text through the edits made since, in order. It is false when an edit touched
// the inside of the span, which then means nothing any more. An edit at the span's start moves it, one at its end
// leaves it alone.
func ShiftSpan(span Span, edits []Edit) (Span, bool) {
	for _, edit := range edits {
		switch delta := len(edit.New) - edit.Span.Len(); {
		case edit.Span.End <= span.Start:
			span.Start += delta
			span.End += delta
		case edit.Span.Start >= span.End:
		default:
			return Span{}, false
		}
	}
	return span, true
}
