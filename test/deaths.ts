import { expect } from "vitest";

/** What is common to all kills of aegis. */
interface Killed {
  readonly label: string;
  /** "" when the moment to kill it came; else how the run ended without. */
  readonly survived: string;
  /** "" when afterwards all was as it must be. */
  readonly problem: string;
}

/** Each was killed, and none left anything behind; else says which, and what. */
export function expectAllWell(deaths: readonly Killed[]): void {
  for (const key of ["problem", "survived"] as const) {
    const wrong = deaths.filter((death) => death[key] !== "");
    const told = wrong.map((death) => `${death.label}: ${key}: ${death[key]}`);
    expect(told, told.join("\n")).toEqual([]);
  }
}
