// The demo's fleet with real llama-servers, and a Prometheus of its own beside it: folders and ports of this test alone.
import {spawn} from 'node:child_process';
import {createHash, randomBytes, randomInt} from 'node:crypto';
import {once} from 'node:events';
import {createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';

import {path, program, ruleFiles, run, text} from './project.mjs';

const patience = 120_000;

/** Asks again and again until it gets something; throws after two minutes. */
export async function until(what, ask, within = patience) {
  for (const deadline = Date.now() + within; ; await pause(100)) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`waited ${within / 1000} s in vain: ${what}`);
  }
}

const isFree = port =>
  new Promise(resolve => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

// Below the range of outgoing connections, so that no client's socket takes one before its server does.
let next = randomInt(12000, 31000);
async function freePort() {
  while (!(await isFree(++next)));
  return next;
}

const replaced = (words, pattern, by) => {
  if (!pattern.test(words)) throw new Error(`nothing to replace: ${pattern}`);
  return words.replace(pattern, by);
};

// The demo's registry on free ports, with keys at both doors. Two embedders are enough, and leave
// too much room: architect_coding still has to evict architect_general.
async function registry(folder, keys, llamaServer) {
  let words = text('demo/model_registry.yaml');
  words = replaced(words, /127\.0\.0\.1:807\d/g, '127.0.0.1:0');
  words = replaced(words, /(?<=llama_server: )\S+/, llamaServer);
  words = replaced(words, /(?<=model_dirs: )\S+/, `[${path('demo/models')}]`);
  words = replaced(words, /(?<=\nhost:\n)/, `  api_keys: ${keys}\n  admin_keys: ${keys}\n`);
  words = replaced(words, /(?<=budget: )920MiB/, '620MiB');
  words = replaced(words, /8090-8095/, `[${await freePort()}, ${await freePort()}]`);
  for (const [port] of words.matchAll(/(?<=port: )80\d\d/g))
    words = words.replace(`port: ${port}`, `port: ${await freePort()}`);
  const file = join(folder, 'model_registry.yaml');
  writeFileSync(file, words);
  return file;
}

// What docs/prometheus says, every second or two instead of every quarter of a minute, and with the key that stands there as an option.
function configure(folder, admin, keyFile) {
  let words = text('docs/prometheus/prometheus.yml');
  words = replaced(words, /127\.0\.0\.1:8071/, admin);
  words = replaced(words, /(?<=scrape_interval: )15s/, '2s'); // also the time that a scrape may take
  words = replaced(words, /(?<=evaluation_interval: )15s/, '1s');
  words = replaced(words, /# (authorization:\n    )# (  credentials_file: )\S+/, `$1$2${keyFile}`);
  writeFileSync(join(folder, 'prometheus.yml'), words);
  for (const file of ruleFiles)
    writeFileSync(join(folder, file), text('docs/prometheus', file).replace(/(?<=interval: )2m/g, '1s'));
}

function started(command, args, log, options = {}) {
  const child = spawn(command, args, {stdio: ['ignore', 'pipe', 'pipe'], ...options});
  child.stderr.pipe(createWriteStream(log));
  child.ended = once(child, 'exit');
  return child;
}

async function stopped(child) {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
  await Promise.race([child.ended, pause(60_000, null, {ref: false})]);
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  await child.ended;
}

export class Fleet {
  /** `rolecalld`, `tinyGguf`, `llamaServer`: paths of programs. */
  static async start({rolecalld, tinyGguf, llamaServer}) {
    const fleet = new Fleet();
    fleet.folder = mkdtempSync(join(tmpdir(), 'rolecall-observe-'));
    try {
      await run(path('demo/make-models'), [tinyGguf, path('demo/models')]);
      await fleet.#startDaemon(rolecalld, llamaServer);
      await fleet.#startPrometheus();
    } catch (error) {
      await fleet.stop();
      throw error;
    }
    return fleet;
  }

  async #startDaemon(rolecalld, llamaServer) {
    this.key = 'rk-' + randomBytes(32).toString('hex');
    const keys = join(this.folder, 'keys');
    const hash = createHash('sha256').update(this.key).digest('hex');
    writeFileSync(keys, `observer sha256:${hash}\n`, {mode: 0o600});
    this.keyFile = join(this.folder, 'key');
    writeFileSync(this.keyFile, this.key, {mode: 0o600});

    const log = join(this.folder, 'rolecalld.log');
    this.daemon = started(rolecalld, ['--registry', await registry(this.folder, keys, llamaServer)], log);
    let banner = '';
    this.daemon.stdout.on('data', piece => {
      banner += piece;
    });
    const announced = door => banner.match(new RegExp(`\\n  ${door} +(?:http://)?(127\\.0\\.0\\.1:\\d+)`))?.[1];
    await until('the doors', () => {
      if (this.daemon.exitCode !== null) throw new Error(`rolecalld ended at its start:\n${readFileSync(log, 'utf8')}`);
      this.door = announced('door');
      this.admin = announced('admin');
      return this.door && this.admin;
    });
  }

  async #startPrometheus() {
    configure(this.folder, this.admin, this.keyFile);
    mkdirSync(join(this.folder, 'tsdb'));
    this.prometheus = `127.0.0.1:${await freePort()}`;
    const log = join(this.folder, 'prometheus.log');
    this.observer = started(
      program('prometheus'),
      [
        `--config.file=${join(this.folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(this.folder, 'tsdb')}`,
        `--web.listen-address=${this.prometheus}`,
      ],
      log,
    );
    this.observer.stdout.resume();
    await until('Prometheus', async () => {
      if (this.observer.exitCode !== null)
        throw new Error(`Prometheus ended at its start:\n${readFileSync(log, 'utf8')}`);
      return (await fetch(`http://${this.prometheus}/-/ready`).catch(() => null))?.ok;
    });
  }

  #headers() {
    return {authorization: `Bearer ${this.key}`, 'content-type': 'application/json'};
  }

  /** An answer of the admin door. */
  ask(target, method = 'GET') {
    return fetch(`http://${this.admin}${target}`, {method, headers: this.#headers()});
  }

  /** A request at the front door, read to its end; its status. */
  async post(target, body, signal) {
    const answer = await fetch(`http://${this.door}${target}`, {
      method: 'POST',
      headers: this.#headers(),
      body: JSON.stringify(body),
      signal,
    });
    await answer.text();
    return answer.status;
  }

  chat(role, more = {}, signal = undefined) {
    const messages = [{role: 'user', content: 'Tell me about the fleet.'}];
    return this.post('/v1/chat/completions', {model: role, max_tokens: 16, messages, ...more}, signal);
  }

  async instances() {
    const status = await (await this.ask('/admin/status')).json();
    return status.roles.flatMap(role => role.instances);
  }

  /** A page of Prometheus' HTTP API; throws its error. */
  async api(page, parameters = {}) {
    const answer = await fetch(
      `http://${this.prometheus}/api/v1/${page}`,
      page.startsWith('query') ? {method: 'POST', body: new URLSearchParams(parameters)} : {},
    );
    const {status, error, data} = await answer.json();
    if (status !== 'success') throw new Error(error);
    return data;
  }

  /** Whether an expression has data now. */
  async sees(query) {
    return (await this.api('query', {query})).result.length > 0;
  }

  /** Waits for a scrape that begins from now on. */
  async scraped() {
    const since = Date.now() / 1000;
    await until('a scrape', () => this.sees(`timestamp(up{job="rolecall"} == 1) > ${since}`));
  }

  /** Ends both, waits, and tells which processes of the fleet are still there. */
  async stop() {
    const pids = this.admin
      ? await this.instances().then(
          all => all.map(one => one.pid).filter(Boolean),
          () => [],
        )
      : [];
    if (this.observer) await stopped(this.observer);
    if (this.daemon) await stopped(this.daemon);
    rmSync(this.folder, {recursive: true, force: true});
    return pids.filter(pid => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    });
  }
}
