// The page's side of Python: starts the worker at the first request, keeps the limits on time,
// ends a worker that does not answer and goes on in a new one.

const RESTARTS = 48; // of one request, as many as `course check` has processes
const SILENCE = 30; // seconds in which a worker has to say that it has begun with a request
const STALLED = 120; // seconds without a byte, or without a sign, after which Python does not start

export class Python {
  // `place`: addresses and sizes; `tell(state, more)`: "loading", "ready", "working", "ended", "idle".
  constructor(place, tell) {
    Object.assign(this, { place, tell, queue: Promise.resolve() });
  }

  // One request after another. Resolves to the session's answer, or to {stopped: true}.
  request(asked, options = {}) {
    const made = this.queue.then(() => this.#carryOut(asked, options));
    this.queue = made.catch(() => {});
    return made;
  }

  stop() {
    this.#end?.({ stopped: true });
  }

  #end;
  #worker;
  #spent = false;

  async #started() {
    if (this.#worker && !this.#spent) return this.#worker;
    this.close();
    this.#spent = false;
    const { place } = this;
    const worker = new Worker(place.worker, { type: "module" });
    this.#worker = worker;
    this.tell("loading", { loaded: 0, total: place.total });
    let stalled;
    const ready = new Promise((resolve, reject) => {
      const wait = () => {
        clearTimeout(stalled);
        stalled = setTimeout(() => reject(new Error(`nothing arrived for ${STALLED} seconds`)), STALLED * 1000);
      };
      wait();
      worker.onmessage = ({ data }) => {
        if (data.kind === "progress") {
          this.tell("loading", { loaded: data.loaded, total: place.total });
          wait();
        } else if (data.kind === "ready") resolve(data.seconds);
        else if (data.kind === "failed") reject(new Error(data.text));
      };
      worker.onerror = (event) => reject(new Error(event.message || "the worker did not start"));
      this.#end = () => reject(Object.assign(new Error("stopped"), { stopped: true }));
    });
    const { live, course, folder, book } = place;
    worker.postMessage({ kind: "start", live, course, folder, book });
    try {
      this.tell("ready", { seconds: await ready });
    } catch (error) {
      this.close();
      throw error;
    } finally {
      clearTimeout(stalled);
    }
    return worker;
  }

  close() {
    this.#worker?.terminate();
    this.#worker = undefined;
  }

  async #carryOut(asked, { drawing, output, total } = {}) {
    const ended = {};
    let dead = false; // whether a worker did not even begin with it
    for (let again = 0; ; again += 1) {
      let worker;
      try {
        worker = await this.#started();
      } catch (error) {
        this.tell("idle");
        if (error.stopped) return { stopped: true };
        throw error;
      }
      this.tell("working");
      const answer = await this.#answer(worker, { ...asked, ended }, { drawing, output });
      if (answer.stopped || answer.ended) {
        this.close();
        this.tell("ended", answer);
      }
      if (answer.ended && answer.key === undefined && !dead) {
        dead = true; // what ran before may have broken it
        continue;
      }
      if (answer.ended && asked.kind === "check" && again < RESTARTS && answer.key) {
        ended[answer.key] = [answer.ended, answer.text];
        continue;
      }
      this.tell("idle");
      return answer;
    }
  }

  #answer(worker, asked, { drawing, output }) {
    return new Promise((resolve) => {
      let timer, key;
      const crashed = () => ({ ended: "crashed", key, text: "it ended the process" });
      const limit = (seconds) => {
        clearTimeout(timer);
        const text = `it was stopped after ${Number(seconds.toPrecision(2))} seconds`;
        timer = setTimeout(() => this.#end({ ended: "timeout", key, text }), seconds * 1000);
      };
      this.#end = (answer) => {
        clearTimeout(timer);
        this.#end = undefined;
        worker.onmessage = worker.onerror = null;
        resolve(answer);
      };
      worker.onerror = () => this.#end(crashed());
      limit(SILENCE);
      worker.onmessage = ({ data }) => {
        if (data.kind === "progress") {
          this.tell("loading", { loaded: data.loaded, drawing: true });
          limit(SILENCE); // of a network
        } else if (data.kind === "told" && data.limit) {
          key = data.key;
          limit(data.limit);
          this.tell("working");
        } else if (data.kind === "told") output?.(data.output);
        else if (data.kind === "done") {
          this.#spent = data.spent;
          this.#end(data.answer);
        } else if (data.kind === "failed") {
          this.#end(data.fatal ? crashed() : { error: data.text });
        }
      };
      worker.postMessage({ kind: "ask", asked, drawing });
    });
  }
}
