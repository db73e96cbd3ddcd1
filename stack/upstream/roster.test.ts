import { describe, expect, test } from "vitest";
import type { Member } from "./members.ts";
import { Roster, type Seat } from "./roster.ts";

const member = (name: string, port = name.charCodeAt(0)): Member => ({ name, host: "h", port });

function rosterOf(...names: string[]) {
  const roster = new Roster(() => null, { checked: false });
  roster.replace(names.map((name) => member(name)));
  const seat = (name: string) =>
    roster.seats.find((each) => each.member.name === name) as Seat<null>;
  const picks = (count: number) =>
    Array.from({ length: count }, () => roster.pick([])?.member.name ?? "none").join(" ");
  return { roster, seat, picks };
}

describe("round robin", () => {
  test("takes turns", () => expect(rosterOf("a", "b", "c").picks(6)).toBe("a b c a b c"));

  test("passes over who is out, and takes it again when it is back", () => {
    const { seat, picks } = rosterOf("a", "b", "c");
    seat("b").out = true;
    expect(picks(4)).toBe("a c a c");
    seat("b").out = false;
    expect(picks(3)).toBe("a b c");
  });

  test("goes on when all are out: nobody is refused because of a bad check", () => {
    const { roster, picks } = rosterOf("a", "b");
    for (const seat of roster.seats) seat.out = true;
    expect(picks(4)).toBe("a b a b");
  });

  test("has nobody without members", () => expect(rosterOf().picks(1)).toBe("none"));
});

describe("a further try", () => {
  test("never goes where one went already, and to those who are out only at last", () => {
    const { roster, seat } = rosterOf("a", "b", "c");
    seat("b").out = true;
    const tried: Seat<null>[] = [];
    for (let pick = roster.pick(tried); pick !== undefined; pick = roster.pick(tried)) {
      tried.push(pick);
    }
    expect(tried.map((each) => each.member.name)).toEqual(["a", "c", "b"]);
  });
});

describe("a new list", () => {
  test("keeps what is known of those who stay, and returns those who left", () => {
    const { roster, seat } = rosterOf("a", "b");
    const kept = seat("b");
    kept.out = true;
    const left = roster.replace([member("b"), member("c")]);
    expect(left.map((each) => each.member.name)).toEqual(["a"]);
    expect(seat("b")).toBe(kept);
    expect(roster.seats.map(({ member: { name }, out }) => [name, out])).toEqual([
      ["b", true],
      ["c", false],
    ]);
  });

  test("does not know a member again that moved to another port", () => {
    const { roster, seat } = rosterOf("a");
    const before = seat("a");
    expect(roster.replace([member("a", 2)])).toEqual([before]);
    expect(seat("a")).not.toBe(before);
  });

  test("knows a member again that has another name, as a newcomer that takes somebody's place", () => {
    const { roster, seat } = rosterOf("a", "b");
    const kept = seat("b");
    expect(roster.replace([member("a", kept.member.port)]).map((each) => each.member.name)).toEqual(
      ["a"],
    );
    expect(roster.seats).toEqual([kept]);
    expect(kept.member.name).toBe("a");
  });

  test("has newcomers wait for their first check where there are checks", () => {
    const roster = new Roster(() => null, { checked: true });
    roster.replace([member("a")]);
    for (const seat of roster.seats) seat.out = false;
    roster.replace([member("a"), member("b")]);
    expect([1, 2, 3].map(() => roster.pick([])?.member.name)).toEqual(["a", "a", "a"]);
  });

  test("that is shorter does not skip anybody's turn for ever", () => {
    const { roster, picks } = rosterOf("a", "b", "c");
    picks(3);
    roster.replace([member("a"), member("b")]);
    expect(picks(4).split(" ").sort().join(" ")).toBe("a a b b");
  });
});
