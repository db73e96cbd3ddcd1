import type { Plan } from "../model/plan.ts";
import { advance, createScheduler, type SchedulerInput } from "../scenario/scheduler.ts";
import type { Told } from "./conductor-options.ts";
import type { Stage } from "./stage.ts";

/** Plays the steps: feeds the pure scheduler with what happens, and hands its actions to the conductor. */
export class Schedule {
  readonly #stage: Stage;
  readonly #plan: Plan;
  readonly #done: Promise<void>;
  #finish: () => void = () => {};
  #state: ReturnType<typeof createScheduler>;
  #alarm = new AbortController();
  #running = false;

  constructor(stage: Stage, plan: Plan) {
    this.#stage = stage;
    this.#plan = plan;
    this.#state = createScheduler(plan);
    this.#done = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  /** Resolves when every step has ended, or when the run is over before. */
  async play(): Promise<void> {
    this.#running = true;
    this.#stage.onMove = (told) => this.#feed(told ?? { type: "tick" });
    this.#stage.over.addEventListener("abort", this.#finish, { once: true });
    this.#stage.onWindDown = () => this.#feed({ type: "stop" });
    if (this.#stage.over.aborted) this.#finish();
    else this.#feed({ type: "start" });
    if (this.#stage.windingDown) this.#feed({ type: "stop" });
    await this.#done;
    this.#running = false;
    this.#alarm.abort();
  }

  #feed(input: Told | { type: "start" | "tick" | "stop" }): void {
    if (!this.#running) return;
    const { view } = this.#stage;
    const now = this.#stage.now();
    const { state, actions, wakeAt } = advance(this.#state, {
      ...input,
      now,
      replicas: view.lasting(),
    } as SchedulerInput);
    this.#state = state;
    this.#wake(wakeAt);
    for (const action of actions) {
      if (action.do === "inject")
        this.#stage.conductor.inject({ ...action, ...this.#harmOf(action.step) });
      else if (action.do === "revert") this.#stage.conductor.revert(action.injection);
      else if (action.do === "step") {
        this.#stage.write({
          type: "step",
          t: now,
          step: action.step,
          stage: action.stage,
          detail: action.detail,
        });
      } else this.#finish();
    }
  }

  #harmOf(step: string): { irreversible: boolean } {
    return { irreversible: this.#plan.steps.find(({ id }) => id === step)?.irreversible ?? false };
  }

  #wake(wakeAt: number | null): void {
    this.#alarm.abort();
    if (wakeAt === null) return;
    this.#alarm = new AbortController();
    const { signal } = this.#alarm;
    const ms = Math.max(0, (wakeAt - this.#stage.now()) / 1000);
    void this.#stage.options.world.clock
      .sleep(ms, signal)
      .then(() => {
        if (!signal.aborted) this.#feed({ type: "tick" });
      })
      .catch((thrown: unknown) => this.#stage.crash(thrown));
  }
}
