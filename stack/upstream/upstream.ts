import type { IncomingMessage, ServerResponse } from "node:http";
import type { Metric } from "../exposition.ts";
import type { Host } from "../host.ts";
import { type Connections, connect, disconnect } from "./connections.ts";
import { Exchange, type Surroundings } from "./exchange.ts";
import { HealthChecks } from "./health.ts";
import type { Member } from "./members.ts";
import { followMembers } from "./members-source.ts";
import { Roster, type Seat } from "./roster.ts";
import { type UpstreamSettings, upstreamSettings } from "./settings.ts";

/** The members of one service, and how requests get to them: the core of everything that forwards. */
export class Upstream {
  readonly #settings: UpstreamSettings;
  readonly #roster: Roster<Connections>;
  readonly #checks: HealthChecks;
  readonly #surroundings: Surroundings;
  readonly #counters = { retries: 0 };

  /** Follows the members of `service` as the host's environment says. Throws INVALID_INPUT or ENVIRONMENT. */
  constructor(host: Host, service: string) {
    this.#settings = upstreamSettings(host.env);
    this.#roster = new Roster((member) => connect(member, this.#settings), {
      checked: this.#settings.failover,
    });
    this.#checks = new HealthChecks(this.#roster, this.#settings);
    this.#surroundings = {
      roster: this.#roster,
      settings: this.#settings,
      counters: this.#counters,
      takeOut: (seat) => this.#takeOut(seat),
    };
    followMembers({
      directory: host.env["AEGIS_MEMBERS_DIR"],
      list: host.env["MEMBERS"],
      service,
      onMembers: (members) => this.#replace(members),
      onProblem: (message) => host.print(`members: ${message}\n`),
    });
    if (this.#settings.failover) this.#checks.start();
  }

  forward(request: IncomingMessage, response: ServerResponse): void {
    new Exchange(this.#surroundings, request, response).start();
  }

  /** At least one member passed its last check; without failover: is known. */
  isReady(): boolean {
    const { seats } = this.#roster;
    return this.#settings.failover ? seats.some(({ ready }) => ready) : seats.length > 0;
  }

  metrics(): Metric[] {
    const { seats } = this.#roster;
    const gauge = (name: string, help: string, value: (seat: Seat<Connections>) => number) =>
      seats.map((seat) => sample("gauge", name, help, { member: seat.member.name }, value(seat)));
    return [
      sample("counter", "upstream_retries_total", RETRIES, {}, this.#counters.retries),
      ...gauge("upstream_member_in", "1: in the rotation.", ({ out }) => (out ? 0 : 1)),
      ...gauge("upstream_member_ready", "1: passed its last check.", ({ ready }) =>
        ready ? 1 : 0,
      ),
      ...seats.map(({ member, tries }) =>
        sample("counter", "upstream_tries_total", "Tries.", { member: member.name }, tries),
      ),
      ...seats.flatMap(({ member, failures }) =>
        [...failures].map(([reason, count]) =>
          sample(
            "counter",
            "upstream_failures_total",
            "Tries that failed, or were silent for too long.",
            { member: member.name, reason },
            count,
          ),
        ),
      ),
    ];
  }

  #replace(members: readonly Member[]): void {
    // The twin without failover keeps its first list, as a balancer with a frozen configuration does.
    if (!this.#settings.failover && this.#roster.seats.length > 0) return;
    for (const { connections } of this.#roster.replace(members)) disconnect(connections);
    if (this.#settings.failover) this.#checks.checkAll();
  }

  #takeOut(seat: Seat<Connections>): void {
    if (!this.#settings.failover || seat.out) return;
    seat.out = true;
    void this.#checks.check(seat);
  }
}

const RETRIES = "Further tries of requests whose first try failed or was silent.";

function sample(
  type: Metric["type"],
  name: string,
  help: string,
  labels: Metric["labels"],
  value: number,
): Metric {
  return { name, type, help, labels, value };
}
