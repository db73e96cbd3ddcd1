import { logReader } from "./log-lines.ts";
import type { Project } from "./project.ts";
import type { ReplicaRecord } from "./replica-record.ts";

const SHOWN_LOG_LINES = 20;

/** The last lines that a replica printed, for an error that tells why it failed. Never rejects. */
export async function lastWords(
  { client }: Project,
  { container }: ReplicaRecord,
): Promise<string> {
  const lines: string[] = [];
  const reader = logReader(container?.isTty ?? false, null, (_, text) => lines.push(`  | ${text}`));
  try {
    const api = client.api.getContainer(container?.id ?? "");
    const options = { stdout: true, stderr: true, timestamps: true, tail: SHOWN_LOG_LINES };
    reader.read(await api.logs({ ...options, follow: false }));
    reader.end();
  } catch {
    return "Its log cannot be read.";
  }
  return lines.length === 0 ? "It printed nothing." : `Its last log lines:\n${lines.join("\n")}`;
}
