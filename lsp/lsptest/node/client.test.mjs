// Completes through stdio as any editor on Node would, with the reference implementation of the protocol.
//
// INFILL_BINARY names the built server. INFILL_TEST_OLLAMA and INFILL_TEST_MODEL, when set, add a run with the
// real model.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import protocol from "vscode-languageserver-protocol/node";

const {
  createProtocolConnection, StreamMessageReader, StreamMessageWriter, CancellationTokenSource,
  InitializeRequest, InitializedNotification, ShutdownRequest, ExitNotification,
  DidOpenTextDocumentNotification, DidChangeTextDocumentNotification, InlineCompletionRequest,
} = protocol;

const binary = process.env.INFILL_BINARY;

// A workspace in which one line comes again and again, so that the engine without a model is sure of it.
function workspace(t) {
  const root = mkdtempSync(join(tmpdir(), "infill-node-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, "shapes"));
  const use = (name) => `package shapes

import "fmt"

func ${name}(path string, count int) error {
	if err := validateMeasurement(path, count); err != nil {
		return fmt.Errorf("measure the shape of %s: %w", path, err)
	}
	return nil
}
`;
  for (const name of ["square", "circle", "triangle", "hexagon"]) {
    writeFileSync(join(root, "shapes", `${name}.go`), use(name));
  }
  return root;
}

async function start(t, root, options = {}) {
  assert.ok(binary, "INFILL_BINARY must name the built server");
  const child = spawn(binary, ["serve"], { stdio: ["pipe", "pipe", "inherit"], env: { ...process.env, ...options.env } });
  const exited = new Promise((resolve) => child.on("exit", (code) => resolve(code)));
  const connection = createProtocolConnection(new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin));
  connection.onRequest("workspace/configuration", ({ items }) => items.map(() => null));
  connection.onRequest("client/registerCapability", () => null);
  connection.onRequest("window/workDoneProgress/create", () => null);
  const ready = new Promise((resolve) => {
    connection.onNotification("infill/status", (status) => {
      if (status.kind !== "indexing" && status.kind !== "loading") resolve(status);
    });
  });
  connection.listen();
  t.after(() => child.kill("SIGKILL"));
  const initialized = await connection.sendRequest(InitializeRequest.type, {
    processId: process.pid,
    rootUri: pathToFileURL(root).toString(),
    workspaceFolders: [{ uri: pathToFileURL(root).toString(), name: "shapes" }],
    capabilities: { textDocument: { inlineCompletion: { dynamicRegistration: true } }, general: { positionEncodings: ["utf-16"] } },
    initializationOptions: options.settings ?? {},
  });
  await connection.sendNotification(InitializedNotification.type, {});
  return { connection, initialized, ready, exited };
}

const opening = `package shapes

import "fmt"

func pentagon(path string, count int) error {
	if err := validateMeasurement(`;

async function open(client, root, text) {
  const uri = pathToFileURL(join(root, "shapes", "pentagon.go")).toString();
  await client.connection.sendNotification(DidOpenTextDocumentNotification.type, {
    textDocument: { uri, languageId: "go", version: 1, text },
  });
  return uri;
}

function ask(client, uri, text, kind = 2) {
  const lines = text.split("\n");
  return client.connection.sendRequest(InlineCompletionRequest.type, {
    textDocument: { uri },
    position: { line: lines.length - 1, character: lines.at(-1).length },
    context: { triggerKind: kind },
  });
}

async function stop(client) {
  await client.connection.sendRequest(ShutdownRequest.type);
  await client.connection.sendNotification(ExitNotification.type);
  assert.equal(await client.exited, 0);
}

test("the engine without a model completes a line of the repository", { timeout: 60_000 }, async (t) => {
  const root = workspace(t);
  const client = await start(t, root, { settings: { endpoint: "http://127.0.0.1:9" } });
  assert.equal(client.initialized.capabilities.positionEncoding ?? "utf-16", "utf-16");
  assert.ok(client.initialized.capabilities.inlineCompletionProvider);
  await client.ready;
  const uri = await open(client, root, opening);
  const answer = await ask(client, uri, opening);
  assert.equal(answer.items.length, 1);
  assert.match(answer.items[0].insertText, /^path, count\); err != nil \{$/);
  await stop(client);
});

test("an edit counts at once and a cancelled request is answered", { timeout: 60_000 }, async (t) => {
  const root = workspace(t);
  const client = await start(t, root, { settings: { endpoint: "http://127.0.0.1:9" } });
  await client.ready;
  const uri = await open(client, root, "");
  await client.connection.sendNotification(DidChangeTextDocumentNotification.type, {
    textDocument: { uri, version: 2 },
    contentChanges: [{ range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }, text: opening }],
  });
  const answer = await ask(client, uri, opening);
  assert.equal(answer.items.length, 1);

  const source = new CancellationTokenSource();
  const cancelled = client.connection.sendRequest(InlineCompletionRequest.type, {
    textDocument: { uri }, position: { line: 0, character: 0 }, context: { triggerKind: 1 },
  }, source.token);
  source.cancel();
  await cancelled.then((value) => assert.ok(Array.isArray(value.items)), (error) => assert.equal(error.code, -32800));
  await stop(client);
});

// A model server that lists a model and then dies whenever it is asked to generate.
function dyingServer(t) {
  const server = createServer((request, response) => {
    if (request.url === "/api/tags") {
      response.setHeader("Content-Type", "application/json");
      response.end(JSON.stringify({ models: [{ name: "qwen2.5-coder:0.5b", model: "qwen2.5-coder:0.5b" }] }));
      return;
    }
    request.socket.destroy();
  });
  t.after(() => server.close());
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${server.address().port}`)));
}

test("a model server that is killed costs the answer nothing that the other engine has", { timeout: 60_000 }, async (t) => {
  const root = workspace(t);
  const client = await start(t, root, { settings: { endpoint: await dyingServer(t) } });
  const status = await client.ready;
  assert.equal(status.kind, "problem");
  assert.match(status.message, /^Ollama at .*\.$/);
  const uri = await open(client, root, opening);
  const answer = await ask(client, uri, opening);
  assert.match(answer.items[0].insertText, /^path, count\); err != nil \{$/);
  await stop(client);
});

test("a model that cannot infill is told of, and the other engine answers", {
  timeout: 60_000,
  skip: process.env.INFILL_TEST_OLLAMA ? false : "INFILL_TEST_OLLAMA is not set",
}, async (t) => {
  const root = workspace(t);
  const client = await start(t, root, { settings: { endpoint: process.env.INFILL_TEST_OLLAMA, model: "smollm2:135m" } });
  const status = await client.ready;
  assert.equal(status.kind, "problem");
  assert.match(status.message, /not known to infill|has no model/);
  const uri = await open(client, root, opening);
  const answer = await ask(client, uri, opening);
  assert.match(answer.items[0].insertText, /^path, count\); err != nil \{$/);
  await stop(client);
});

test("the real model completes", {
  timeout: 120_000,
  skip: process.env.INFILL_TEST_OLLAMA ? false : "INFILL_TEST_OLLAMA is not set",
}, async (t) => {
  const root = workspace(t);
  const client = await start(t, root, {
    settings: { endpoint: process.env.INFILL_TEST_OLLAMA, model: process.env.INFILL_TEST_MODEL, wait_invoked: "60s", gate_invoked: 0 },
  });
  await client.ready;
  const text = "package shapes\n\n// area is the area of a rectangle.\nfunc area(width, height float64) float64 {\n\treturn ";
  const uri = await open(client, root, text);
  const answer = await ask(client, uri, text, 1);
  assert.ok(answer.items.some((item) => item.insertText.includes("width * height")), JSON.stringify(answer.items));
  await stop(client);
});
