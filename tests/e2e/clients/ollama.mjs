import assert from 'node:assert/strict';
import test from 'node:test';
import {Ollama} from 'ollama';
import {checkCall, door, parameters, rejects, untilIdle} from './front_door.mjs';

const client = new Ollama({host: door});
const messages = [{role: 'user', content: 'tell me about the fleet'}];
const brief = {num_predict: 8, seed: 1};
// A 64×64 picture of one colour.
const picture =
  'iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAIAAAAlC+aJAAAAUElEQVR42u3PQQkAAAgEsItkBPu/jGQE38JgBZbpei0C' +
  'AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICApcFd/oBLRMvzY0AAAAASUVORK5CYII=';

async function gather(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

function checkEnd(part) {
  assert.equal(part.done, true);
  assert.equal(part.done_reason, 'length');
  assert.equal(part.eval_count, 8);
  assert.ok(part.prompt_eval_count > 0);
  assert.ok(part.total_duration > 0 && part.eval_duration > 0);
  assert.ok(!Number.isNaN(Date.parse(part.created_at)), part.created_at);
}

test('the roles are models', async () => {
  const {models} = await client.list();
  assert.deepEqual(models.map((model) => model.name).sort(), ['embedder', 'eyes', 'speaker']);
  assert.ok(models.every((model) => model.size > 0 && model.details.format === 'gguf'));
  const shown = await client.show({model: 'eyes'});
  assert.ok(shown.capabilities.includes('vision'));
  assert.ok((await client.show({model: 'embedder'})).capabilities.includes('embedding'));
  assert.match((await client.version()).version, /^\d+\.\d+\.\d+$/);
  assert.equal((await fetch(door, {method: 'HEAD'})).status, 200);
  assert.equal((await fetch(`${door}/api/tags`, {method: 'HEAD'})).status, 200);
});

test('a role that is asked for without a prompt is loaded, and then listed as running', async () => {
  const answer = await client.generate({model: 'eyes', prompt: ''});
  assert.equal(answer.done_reason, 'load');
  const {models} = await client.ps();
  assert.ok(models.some((model) => model.name === 'eyes'), JSON.stringify(models));
});

test('a chat is answered whole', async () => {
  const answer = await client.chat({model: 'speaker:latest', messages, options: brief});
  assert.equal(answer.model, 'speaker:latest');
  assert.equal(answer.message.role, 'assistant');
  assert.ok(answer.message.content.length > 0);
  checkEnd(answer);
});

test('a chat is answered as a stream', async () => {
  const parts = await gather(await client.chat({model: 'speaker', messages, options: brief, stream: true}));
  assert.ok(parts.length >= 8, `${parts.length} parts`);
  assert.ok(parts.slice(0, -1).every((part) => !part.done && part.message.content.length > 0));
  checkEnd(parts.at(-1));
});

test('a prompt is answered, whole, as a stream and raw', async () => {
  const ask = {model: 'speaker', prompt: 'tell me', system: 'be brief', options: brief};
  const answer = await client.generate(ask);
  assert.ok(answer.response.length > 0);
  checkEnd(answer);
  const parts = await gather(await client.generate({...ask, stream: true}));
  assert.ok(parts.map((part) => part.response).join('').length > 0);
  checkEnd(parts.at(-1));
  const raw = await gather(await client.generate({...ask, raw: true, stream: true}));
  assert.ok(raw.length >= 8);
  checkEnd(raw.at(-1));
});

test('the same seed gives the same answer', async () => {
  const ask = () => client.generate({model: 'speaker', prompt: 'go', options: {seed: 7, num_predict: 16, temperature: 1}});
  assert.equal((await ask()).response, (await ask()).response);
});

test('a tool is called', async () => {
  const ask = {
    model: 'speaker', messages, options: {num_predict: 400}, tool_choice: 'required',
    tools: [{type: 'function', function: {name: 'paint', description: 'Paints.', parameters}}],
  };
  const {message} = await client.chat(ask);
  checkCall(message.tool_calls[0].function.name, message.tool_calls[0].function.arguments);
  const parts = await gather(await client.chat({...ask, stream: true}));
  const calls = parts.flatMap((part) => part.message.tool_calls ?? []);
  checkCall(calls[0].function.name, calls[0].function.arguments);
  const continued = await client.chat({
    model: 'speaker', options: brief,
    messages: [...messages, message, {role: 'tool', content: 'done', tool_name: 'paint'}],
  });
  assert.equal(continued.done, true);
});

test('an answer keeps to a schema', async () => {
  const {message} = await client.chat({model: 'speaker', messages, format: parameters, options: {num_predict: 400}});
  checkCall('paint', JSON.parse(message.content));
});

test('a picture is looked at', async () => {
  const ask = (images) => client.chat(
    {model: 'eyes', messages: [{role: 'user', content: 'what is this?', images}], options: brief});
  const without = await ask(undefined);
  const shown = await ask([picture]);
  assert.ok(shown.prompt_eval_count > without.prompt_eval_count);
});

test('texts are embedded', async () => {
  const {embeddings, prompt_eval_count} = await client.embed({model: 'embedder', input: ['a ship', 'a chair']});
  assert.equal(embeddings.length, 2);
  assert.ok(embeddings[0].length >= 32 && embeddings.flat().every(Number.isFinite));
  assert.ok(prompt_eval_count > 0);
  const {embedding} = await client.embeddings({model: 'embedder', prompt: 'a ship'});
  assert.equal(embedding.length, embeddings[0].length);
});

test('errors tell their reason', async () => {
  await rejects(client.chat({model: 'nobody', messages}), Error, 404, /cannot find role 'nobody'/);
  await rejects(client.chat({model: 'nobody', messages, stream: true}), Error, 404, /cannot find role/);
  await rejects(client.chat({model: 'speaker', messages, options: {seed: 'x'}}), Error, 400, /"seed" must be a number/);
  await rejects(client.embed({model: 'speaker', input: 'a'}), Error, 501, /embeddings/);
  await rejects(client.pull({model: 'llama3'}), Error, 501, /registry/);
  await rejects(client.delete({model: 'speaker'}), Error, 501, /registry/);
});

test('a stream that is aborted frees its slot', async () => {
  const stream = await client.generate(
    {model: 'speaker', prompt: 'go on', raw: true, stream: true, options: {num_predict: 100000}});
  const one = await stream[Symbol.asyncIterator]().next();
  assert.equal(one.value.done, false);
  stream.abort();
  await untilIdle('speaker');
});

test('the simple form is answered, whole and as a stream', async () => {
  const post = (body) => fetch(`${door}/api/generate`, {method: 'POST', body: JSON.stringify(body)});
  const whole = await (await post({prompt: 'Explain', max_tokens: 8})).json();
  assert.ok(whole.response.length > 0);
  const streamed = await post({prompt: 'Explain', max_tokens: 8, stream: true});
  assert.equal(streamed.headers.get('content-type'), 'application/x-ndjson');
  const lines = (await streamed.text()).trim().split('\n').map((line) => JSON.parse(line));
  assert.ok(lines.length >= 8);
  checkEnd(lines.at(-1));
});
