import assert from 'node:assert/strict';
import test from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import {checkCall, door, parameters, rejects, untilIdle} from './front_door.mjs';

const client = new Anthropic({baseURL: door, apiKey: 'none', maxRetries: 0});
const messages = [{role: 'user', content: 'tell me about the fleet'}];

test('a message is answered whole', async () => {
  const answer = await client.messages.create({model: 'speaker', max_tokens: 8, messages, system: 'be brief'});
  assert.equal(answer.role, 'assistant');
  assert.ok(answer.content[0].text.length > 0);
  assert.equal(answer.stop_reason, 'max_tokens');
  assert.equal(answer.usage.output_tokens, 8);
});

test('a message is answered as a stream', async () => {
  const stream = client.messages.stream({model: 'speaker', max_tokens: 8, messages});
  let text = '';
  stream.on('text', (piece) => { text += piece; });
  const final = await stream.finalMessage();
  assert.ok(text.length > 0);
  assert.equal(final.content[0].text, text);
  assert.equal(final.stop_reason, 'max_tokens');
});

test('a tool is called', async () => {
  const ask = {
    model: 'speaker', max_tokens: 400, messages,
    tools: [{name: 'paint', description: 'Paints.', input_schema: parameters}],
    tool_choice: {type: 'any', disable_parallel_tool_use: true},
  };
  const answer = await client.messages.create(ask);
  const call = answer.content.find((block) => block.type === 'tool_use');
  checkCall(call.name, call.input);
  assert.equal(answer.stop_reason, 'tool_use');
  const streamed = await client.messages.stream(ask).finalMessage();
  const second = streamed.content.find((block) => block.type === 'tool_use');
  checkCall(second.name, second.input);
});

test('tokens are counted', async () => {
  const count = await client.messages.countTokens({model: 'speaker', messages});
  assert.ok(count.input_tokens > 0);
});

test('errors are of the class that their status says', async () => {
  const ask = (body) => client.messages.create({max_tokens: 4, messages, ...body});
  await rejects(ask({model: 'nobody'}), Anthropic.NotFoundError, 404, /cannot find role 'nobody'/);
  await assert.rejects(ask({model: 'nobody'}), (error) => {
    assert.equal(error.error.type, 'error');
    assert.equal(error.error.error.type, 'not_found_error');
    return true;
  });
  await rejects(ask({model: 'speaker', temperature: 'x'}), Anthropic.BadRequestError, 400, /temperature/);
});

test('a stream that is aborted frees its slot', async () => {
  const stream = await client.messages.create(
    {model: 'speaker', max_tokens: 100000, messages, stream: true, ignore_eos: true});
  for await (const event of stream) {
    if (event.type === 'content_block_delta') break;
  }
  await untilIdle('speaker');
});
