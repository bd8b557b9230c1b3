import assert from 'node:assert/strict';
import test from 'node:test';
import OpenAI from 'openai';
import {checkCall, door, parameters, rejects, untilIdle} from './front_door.mjs';

const client = new OpenAI({baseURL: `${door}/v1`, apiKey: 'none', maxRetries: 0});
const messages = [{role: 'user', content: 'tell me about the fleet'}];
const tools = [{type: 'function', function: {name: 'paint', description: 'Paints.', parameters}}];

test('the roles are models', async () => {
  const list = await client.models.list();
  const names = list.data.map((model) => model.id);
  assert.deepEqual(names.sort(), ['embedder', 'eyes', 'speaker']);
  assert.equal((await client.models.retrieve('mouth')).id, 'speaker');
  await rejects(client.models.retrieve('nobody'), OpenAI.NotFoundError, 404, /cannot find role 'nobody'/);
});

test('a chat is answered whole', async () => {
  const answer = await client.chat.completions.create({model: 'speaker', messages, max_tokens: 8});
  assert.ok(answer.choices[0].message.content.length > 0);
  assert.equal(answer.choices[0].finish_reason, 'length');
  assert.equal(answer.usage.completion_tokens, 8);
});

test('a chat is answered as a stream', async () => {
  const stream = await client.chat.completions.create(
    {model: 'speaker', messages, max_tokens: 8, stream: true, stream_options: {include_usage: true}});
  let text = '', reason, usage, chunks = 0;
  for await (const chunk of stream) {
    ++chunks;
    text += chunk.choices[0]?.delta.content ?? '';
    reason = chunk.choices[0]?.finish_reason ?? reason;
    usage = chunk.usage ?? usage;
  }
  assert.ok(chunks >= 8, `${chunks} chunks`);
  assert.ok(text.length > 0);
  assert.equal(reason, 'length');
  assert.equal(usage.completion_tokens, 8);
});

test('a tool is called', async () => {
  const ask = {model: 'speaker', messages, max_tokens: 400, tools, tool_choice: 'required', parallel_tool_calls: false};
  const answer = await client.chat.completions.create(ask);
  const [call] = answer.choices[0].message.tool_calls;
  checkCall(call.function.name, JSON.parse(call.function.arguments));
  const continued = await client.chat.completions.create({
    model: 'speaker', max_tokens: 4,
    messages: [...messages, answer.choices[0].message, {role: 'tool', tool_call_id: call.id, content: 'done'}],
  });
  assert.ok(continued.choices[0].message.content !== undefined);

  const final = await client.chat.completions.stream(ask).finalChatCompletion();
  const [streamed] = final.choices[0].message.tool_calls;
  checkCall(streamed.function.name, JSON.parse(streamed.function.arguments));
});

test('an answer keeps to a schema', async () => {
  const answer = await client.chat.completions.create({
    model: 'speaker', messages, max_tokens: 400,
    response_format: {type: 'json_schema', json_schema: {name: 'paint', schema: parameters}},
  });
  checkCall('paint', JSON.parse(answer.choices[0].message.content));
});

test('completions and responses are answered', async () => {
  const completion = await client.completions.create({model: 'speaker', prompt: 'The fleet', max_tokens: 4});
  assert.ok(completion.choices[0].text.length > 0);
  const response = await client.responses.create({model: 'speaker', input: 'hello', max_output_tokens: 4});
  assert.ok(response.output_text.length > 0);
  const types = [];
  for await (const event of await client.responses.create(
    {model: 'speaker', input: 'hello', max_output_tokens: 4, stream: true})) types.push(event.type);
  assert.equal(types.at(-1), 'response.completed');
});

test('texts are embedded', async () => {
  const answer = await client.embeddings.create({model: 'embedder', input: ['a ship', 'a chair']});
  assert.equal(answer.data.length, 2);
  assert.ok(answer.data[0].embedding.length >= 32);
  assert.notDeepEqual(answer.data[0].embedding, answer.data[1].embedding);
});

test('errors are of the class that their status says', async () => {
  const ask = (body) => client.chat.completions.create({max_tokens: 4, messages, ...body});
  await rejects(ask({model: 'nobody'}), OpenAI.NotFoundError, 404, /cannot find role 'nobody'.*speaker/s);
  await rejects(ask({model: 'speaker', messages: 5}), OpenAI.BadRequestError, 400, /messages/);
  await rejects(client.post('/nowhere', {body: {}}), OpenAI.NotFoundError, 404, /cannot find \/v1\/nowhere/);
});

test('a stream that is aborted frees its slot', async () => {
  const stream = await client.chat.completions.create(
    {model: 'speaker', messages, max_tokens: 100000, stream: true, ignore_eos: true});
  for await (const chunk of stream) {
    if (chunk.choices[0]?.delta.content) break;  // leaving the loop aborts the request
  }
  await untilIdle('speaker');
});

test('a request that is aborted before its answer frees its slot', async () => {
  const controller = new AbortController();
  const asked = client.chat.completions.create(
    {model: 'speaker', messages, max_tokens: 100000, ignore_eos: true}, {signal: controller.signal});
  setTimeout(() => controller.abort(), 100);
  await assert.rejects(asked, OpenAI.APIUserAbortError);
  await untilIdle('speaker');
});
