package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/infill-dev/infill/completion/model"
	"github.com/infill-dev/infill/fim"
)

// speedTokens is what the measured fill may write: enough for a rate, two seconds of a slow machine.
const speedTokens = 32

// speed measures one fill of a usual size. Its text differs at each call, so that the server's cache does not have it.
func (e *examination) speed() Check {
	prefix, suffix := speedText(e.now())
	prompt := fim.Build(fim.Request{Format: e.format, Prefix: prefix, Suffix: suffix, Budget: e.budget()})
	a, err := e.generate(prompt.Text, prompt.Stops, speedTokens)
	if err != nil {
		return e.noAnswer(err)
	}
	reads := rate(a.stats.PromptTokens-max(0, a.stats.CachedTokens), a.stats.PromptEval)
	writes := rate(a.stats.GeneratedTokens, a.stats.Eval)
	if reads == "" || writes == "" {
		return skipped("The server does not tell how long reading and writing took.")
	}
	return ok(fmt.Sprintf("It reads %s and writes %s tokens per second.", reads, writes))
}

// speedText is a file of some 350 tokens with a gap at its end.
func speedText(now time.Time) (prefix, suffix string) {
	var out strings.Builder
	salt := now.UnixMicro() % 1_000_000
	for i := range 9 {
		fmt.Fprintf(&out, "// area%d is the area of a rectangle, times %d.\nfunc area%d(width, height int) int {\n\treturn width * height * %d\n}\n\n", i, salt, i, salt)
	}
	out.WriteString("// describe tells about a rectangle.\nfunc describe(width, height int) string {\n\t")
	return out.String(), "\n}\n"
}

// rate is a number of tokens per second, for people; empty when it is not known.
func rate(tokens int, took time.Duration) string {
	if tokens < 1 || took <= 0 {
		return ""
	}
	perSecond := float64(tokens) / took.Seconds()
	if perSecond < 10 {
		return fmt.Sprintf("%.1f", perSecond)
	}
	return fmt.Sprintf("%.0f", perSecond)
}

// memory asks where the model lies, and whether it was loaded with the context that completions ask for.
func (e *examination) memory() Check {
	ctx, cancel := context.WithTimeout(e.ctx, listTime)
	defer cancel()
	list, err := e.server.Loaded(ctx)
	if err != nil {
		return failed(err)
	}
	at := slices.IndexFunc(list, func(l model.Loaded) bool { return model.SameName(l.Name, e.name) })
	if at < 0 {
		return problem("The server has dropped the model right after an answer, so that each completion must load it again.",
			"Set keep_alive, for example to 30m, and see that OLLAMA_KEEP_ALIVE is not 0.")
	}
	loaded := list[at]
	if loaded.ContextLength > 0 && e.Context > 0 && loaded.ContextLength != e.Context {
		return problem(fmt.Sprintf("The server has loaded the model with a context of %d tokens, not with the %d that were asked for.", loaded.ContextLength, e.Context),
			fmt.Sprintf("Set context_tokens to %d, or end other programs that use the model with another context.", loaded.ContextLength))
	}
	sentence := "It runs on " + processor(loaded)
	if loaded.ContextLength > 0 {
		sentence += fmt.Sprintf(", with the context of %d tokens that was asked for", loaded.ContextLength)
	}
	return ok(sentence + ".")
}

// processor names what computes.
func processor(l model.Loaded) string {
	switch {
	case l.GPUBytes <= 0:
		return "the CPU"
	case l.GPUBytes >= l.Bytes:
		return "the GPU"
	}
	return fmt.Sprintf("the GPU with %d %% of its %s, and on the CPU with the rest", l.GPUBytes*100/l.Bytes, size(l.Bytes))
}
