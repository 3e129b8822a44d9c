package completion

import (
	"fmt"

	"github.com/infill-dev/infill/completion/local"
	"github.com/infill-dev/infill/ranking"
)

// copied asks the local engine. It answers from memory, within milliseconds.
func (r *run) copied() []candidate {
	if r.request.Local == nil {
		return nil
	}
	done := r.stage("local")
	s := r.request.Local.Complete(local.Request{File: r.site.file, Language: r.site.language, Offset: r.site.offset})
	if s.Text == "" {
		done("nothing: " + s.Reason)
		r.unsaid = s.Reason
		return nil
	}
	done(s.Source)
	c := candidate{text: s.Text, kind: s.Source, engine: localEngine, facts: ranking.Facts{Joint: s.Confidence}}
	r.polish(&c)
	if gate := r.engine.settings.GateLocal; c.dropped == "" && s.Confidence < gate {
		c.dropped = fmt.Sprintf("its confidence %.2f is below the gate %.2f", s.Confidence, gate)
	}
	return []candidate{c}
}
