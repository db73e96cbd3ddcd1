import type Docker from "dockerode";
import { afterAwake } from "../../kit/awake.ts";

/** How long a daemon may be silent, ms in which we are awake. */
export interface Patience {
  /** A call takes as long as it takes (a grace period, a large image), but after this somebody knocks. */
  readonly knockAfterMs: number;
  /** For a knock (`/_ping`), which costs a daemon nothing. */
  readonly knockMs: number;
}

const PATIENCE: Patience = { knockAfterMs: 20_000, knockMs: 10_000 };

type Dial = Docker["modem"]["dial"];
type Answer = NonNullable<Parameters<Dial>[1]>;
type Call = Parameters<Dial>[0] & { readonly abortSignal?: AbortSignal };

const KNOCK: Call = { path: "/_ping", method: "GET", statusCodes: { 200: true } };

/**
 * A daemon that takes calls and answers none (it hangs, its machine has stopped) would be waited for without end. While a
 * call of this client is not answered, it is asked by the way whether anybody is there: while somebody is, the call waits
 * on, else it fails with ETIMEDOUT. A stream is answered when it opens. Returns the same client.
 */
export function withPatience(docker: Docker, patience: Patience = PATIENCE): Docker {
  const { modem } = docker;
  const dial = modem.dial.bind(modem) as (call: Call, answer: Answer) => void;
  const send = (call: Call, answer: Answer, ms: number, isThere: () => Promise<boolean>): void => {
    const leaving = new AbortController();
    const signals = [leaving.signal, call.abortSignal].filter((signal) => signal !== undefined);
    let callOff = (): void => undefined;
    let isOpen = true;
    const settle: Answer = (error, value) => {
      if (!isOpen) return;
      isOpen = false;
      callOff();
      answer(error, value);
    };
    const judge = async (): Promise<void> => {
      if (await isThere()) {
        if (isOpen) wait();
        return;
      }
      settle(Object.assign(new Error("no answer"), { code: "ETIMEDOUT" }), null);
      leaving.abort();
    };
    const wait = (): void => {
      // Idle: a call whose answer was cut off is never settled by the library, but has no socket that could be waited for.
      callOff = afterAwake(ms, () => void judge(), true);
    };
    wait();
    dial({ ...call, abortSignal: AbortSignal.any(signals) }, settle);
  };
  const nobody = (): Promise<boolean> => Promise.resolve(false);
  const knock = (): Promise<boolean> =>
    new Promise((resolve) => {
      // A refusal is an answer, too: the call will hear of it by itself.
      const heard: Answer = (error) =>
        resolve((error as { code?: string } | null)?.code !== "ETIMEDOUT");
      modem.dial(KNOCK, heard);
    });
  modem.dial = (call: Call, answer: Answer = () => undefined): void => {
    if (call.path.startsWith(KNOCK.path)) send(call, answer, patience.knockMs, nobody);
    else send(call, answer, patience.knockAfterMs, knock);
  };
  return docker;
}
