// What a browser asks and looks at before a page's script gets an answer of another origin.
import assert from 'node:assert/strict';
import test from 'node:test';
import {door} from './front_door.mjs';

const origin = 'http://page.example';

test('a preflight allows what the client libraries send', async () => {
  for (const path of ['/v1/chat/completions', '/v1/messages', '/api/chat', '/v1/models', '/roles/speaker/props']) {
    const answer = await fetch(door + path, {
      method: 'OPTIONS',
      headers: {
        'origin': origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,x-stainless-os',
      },
    });
    assert.equal(answer.status, 204, path);
    assert.equal(answer.headers.get('access-control-allow-origin'), '*');
    assert.match(answer.headers.get('access-control-allow-headers'), /authorization.*x-stainless-os/);
    assert.equal(answer.headers.get('access-control-allow-credentials'), null);
  }
});

test('every answer names the allowed origin once', async () => {
  const ask = (path, body) => fetch(door + path, {
    headers: {origin}, ...(body && {method: 'POST', body: JSON.stringify(body)}),
  });
  const chat = {model: 'speaker', max_tokens: 2, messages: [{role: 'user', content: 'hi'}]};
  for (const answer of [
    await ask('/v1/models'), await ask('/roles/speaker/props'), await ask('/v1/chat/completions', chat),
    await ask('/api/chat', {...chat, stream: false}), await ask('/v1/chat/completions', {model: 'nobody'}),
  ]) {
    await answer.text();
    assert.ok(['*', origin].includes(answer.headers.get('access-control-allow-origin')),
      `${answer.url}: ${answer.headers.get('access-control-allow-origin')}`);
  }
});
