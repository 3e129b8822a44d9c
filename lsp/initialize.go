package lsp

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/infill-dev/infill/lsp/position"
)

// hello is what infill reads of the parameters of initialize. Only that: a client that gets a type wrong elsewhere can
// still be served, and fields of a wrong type are as if they were missing.
type hello struct {
	RootURI               *string         `json:"rootUri"`
	RootPath              *string         `json:"rootPath"`
	WorkspaceFolders      []folderName    `json:"workspaceFolders"`
	InitializationOptions json.RawMessage `json:"initializationOptions"`
	Trace                 string          `json:"trace"`
	ClientInfo            struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	} `json:"clientInfo"`
	Capabilities struct {
		General struct {
			PositionEncodings []string `json:"positionEncodings"`
		} `json:"general"`
		Window struct {
			WorkDoneProgress bool `json:"workDoneProgress"`
		} `json:"window"`
		Workspace struct {
			Configuration          bool    `json:"configuration"`
			DidChangeConfiguration dynamic `json:"didChangeConfiguration"`
			DidChangeWatchedFiles  dynamic `json:"didChangeWatchedFiles"`
		} `json:"workspace"`
	} `json:"capabilities"`
}

type folderName struct {
	URI  string `json:"uri"`
	Name string `json:"name"`
}

type dynamic struct {
	DynamicRegistration bool `json:"dynamicRegistration"`
}

// abilities are what the client can do, as far as infill asks it to.
type abilities struct {
	configuration, watchConfiguration, watchFiles, progress bool
}

// initialize is the first request. It says what infill does, and waits for initialized before it does anything.
func (c *client) initialize(request message) (any, error) {
	if c.initialized {
		return nil, jsonrpc2.NewError(jsonrpc2.InvalidRequest, "The server is initialized already.")
	}
	var params hello
	var mistyped *json.UnmarshalTypeError
	if err := json.Unmarshal(request.Params(), &params); err != nil && !errors.As(err, &mistyped) {
		return nil, jsonrpc2.NewError(jsonrpc2.InvalidParams, "The parameters of initialize are missing or no object.")
	}
	c.initialized = true
	c.encoding = position.Negotiate(params.Capabilities.General.PositionEncodings)
	workspace := params.Capabilities.Workspace
	c.able = abilities{configuration: workspace.Configuration, watchConfiguration: workspace.DidChangeConfiguration.DynamicRegistration,
		watchFiles: workspace.DidChangeWatchedFiles.DynamicRegistration, progress: params.Capabilities.Window.WorkDoneProgress}
	c.options = section(params.InitializationOptions)
	for _, root := range params.roots() {
		c.session.AddFolder(root) // before any document is opened; it is read once the settings are known
	}
	if params.Trace != "" {
		c.mutex.Lock()
		c.trace = protocol.TraceValue(params.Trace)
		c.mutex.Unlock()
	}
	c.session.Configure(c.options)
	c.config.Log.Info("client", "name", shorten(params.ClientInfo.Name), "version", shorten(params.ClientInfo.Version),
		"encoding", string(c.encoding), "folders", len(params.roots()))
	return c.capabilities(), nil
}

// roots are the absolute paths of the workspace folders, or else of the one root.
func (h hello) roots() []string {
	var roots []string
	for _, folder := range h.WorkspaceFolders {
		if name, err := position.PathFromURI(folder.URI); err == nil {
			roots = append(roots, name)
		}
	}
	if len(roots) > 0 {
		return roots
	}
	if h.RootURI != nil {
		if name, err := position.PathFromURI(*h.RootURI); err == nil {
			return []string{name}
		}
	}
	if h.RootPath != nil && *h.RootPath != "" {
		return []string{*h.RootPath}
	}
	return nil
}

func (c *client) capabilities() protocol.InitializeResult {
	yes, incremental := true, protocol.TextDocumentSyncKindIncremental
	return protocol.InitializeResult{
		Capabilities: protocol.ServerCapabilities{
			PositionEncoding: protocol.PositionEncodingKind(c.encoding),
			TextDocumentSync: &protocol.TextDocumentSyncOptions{OpenClose: &yes, Change: &incremental, Save: &protocol.SaveOptions{}},
			// Static, because Neovim and lsp-mode do not register, and whatever the client said of itself: lsp-mode
			// says null and can.
			InlineCompletionProvider: &protocol.InlineCompletionOptions{},
			Workspace: &protocol.WorkspaceOptions{WorkspaceFolders: &protocol.WorkspaceFoldersServerCapabilities{
				Supported: &yes, ChangeNotifications: protocol.Boolean(true)}},
		},
		ServerInfo: protocol.ServerInfo{Name: "infill", Version: protocol.NewOptional(c.config.Version)},
	}
}

// askTimeout is how long a client is given to answer what infill asks while it starts.
const askTimeout = 5 * time.Second

// ready is initialized: what needs the client's help is asked for now, apart from the reading goroutine, and then the
// folders are opened. Only what LSP makes a server ask for is asked.
func (c *client) ready(ctx context.Context, _ message) (any, error) {
	if c.greeted {
		return nil, nil
	}
	c.greeted = true
	for _, problem := range c.config.Problems {
		c.warn(ctx, problem.String())
	}
	c.session.Background("starting", func(ctx context.Context) {
		c.register(ctx)
		c.configure(ctx)
		c.session.Start()
	})
	return nil, nil
}

// register asks for notifications about files and settings.
func (c *client) register(ctx context.Context) {
	var wanted []protocol.Registration
	add := func(able bool, method string, options any) {
		if raw, err := json.Marshal(options); able && err == nil {
			wanted = append(wanted, protocol.Registration{ID: "infill/" + method, Method: method, RegisterOptions: raw})
		}
	}
	type watcher struct {
		GlobPattern string `json:"globPattern"`
	}
	add(c.able.watchFiles, "workspace/didChangeWatchedFiles", map[string][]watcher{"watchers": {{"**/*"}}})
	add(c.able.watchConfiguration, "workspace/didChangeConfiguration", map[string]string{"section": sectionName})
	if len(wanted) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	if _, err := c.rpc.Call(ctx, "client/registerCapability", &protocol.RegistrationParams{Registrations: wanted}, nil); err != nil {
		c.config.Log.Warn("register", "problem", shorten(err.Error()))
	}
}

// sectionName is the name of infill's settings in an editor.
const sectionName = "infill"

// configure asks the editor for its settings and takes them over.
func (c *client) configure(ctx context.Context) {
	if !c.able.configuration {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	name := sectionName
	var answer []json.RawMessage
	params := &protocol.ConfigurationParams{Items: []protocol.ConfigurationItem{{Section: &name}}}
	if _, err := c.rpc.Call(ctx, "workspace/configuration", params, &answer); err != nil {
		c.config.Log.Warn("configuration", "problem", shorten(err.Error()))
		return
	}
	if len(answer) > 0 {
		c.session.Configure(over(c.options, section(answer[0])))
	}
}

// section reads settings as editors send them: an object, or one that holds it under infill's name; anything else,
// null among it, sets nothing.
func section(raw json.RawMessage) map[string]any {
	var values map[string]any
	if len(raw) == 0 || json.Unmarshal(raw, &values) != nil {
		return nil
	}
	if inner, ok := values[sectionName].(map[string]any); ok {
		return inner
	}
	return values
}

// over is values with others over them.
func over(under, values map[string]any) map[string]any {
	merged := map[string]any{}
	for _, layer := range []map[string]any{under, values} {
		for key, value := range layer {
			if value != nil {
				merged[key] = value
			}
		}
	}
	return merged
}

// didChangeConfiguration takes settings over: the ones that come with it, else it asks.
func (c *client) didChangeConfiguration(_ context.Context, request message) (any, error) {
	var params struct {
		Settings json.RawMessage `json:"settings"`
	}
	if err := json.Unmarshal(request.Params(), &params); err != nil {
		return nil, err
	}
	if c.able.configuration {
		c.session.Background("asking for settings", c.configure)
		return nil, nil
	}
	if values := section(params.Settings); len(values) > 0 {
		c.session.Configure(over(c.options, values))
	}
	return nil, nil
}
