// What every client's scenarios need: the door's address, a tool that even a small model can be made to call, and a look
// at the engine's slots.
import assert from 'node:assert/strict';

export const door = process.env.ROLECALL_DOOR;
assert.ok(door, 'ROLECALL_DOOR is the address of the front door');

// Few arguments of few values: the grammar made from them leaves a model of random words no way to go on for ever.
export const parameters = {
  type: 'object',
  properties: {colour: {type: 'string', enum: ['red', 'green']}, count: {type: 'integer', minimum: 1, maximum: 9}},
  required: ['colour', 'count'],
};

export function checkCall(name, args) {
  assert.equal(name, 'paint');
  assert.ok(['red', 'green'].includes(args.colour), JSON.stringify(args));
  assert.ok(Number.isInteger(args.count));
}

// Waits until no slot of the role's llama-server works: a client that has gone leaves none busy. The engine looks for
// clients of unstreamed answers only after a second without any news, and being asked for its slots is news.
export async function untilIdle(role, seconds = 20) {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const slots = await (await fetch(`${door}/roles/${role}/slots`)).json();
    if (slots.every((slot) => !slot.is_processing)) return;
    assert.ok(Date.now() < deadline, `a slot of ${role} is still busy: ${JSON.stringify(slots)}`);
    await new Promise((resolve) => setTimeout(resolve, 2500));
  }
}

// An error of the wanted class, status and words.
export async function rejects(promise, kind, status, words) {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof kind, `${error?.constructor?.name}: ${error?.message}`);
    assert.equal(error.status ?? error.status_code, status);
    assert.match(error.message, words);
    return true;
  });
}
