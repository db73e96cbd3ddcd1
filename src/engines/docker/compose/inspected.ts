/** Of what `docker inspect` prints of a container, what a Stack is made from. */
export interface Inspected {
  readonly Id: string;
  readonly Config: {
    readonly Image: string;
    readonly Labels: Readonly<Record<string, string>> | null;
    readonly ExposedPorts?: Readonly<Record<string, unknown>> | null;
    readonly StopSignal?: string;
    readonly StopTimeout?: number | null;
    readonly Healthcheck?: InspectedHealthcheck | null;
  };
  readonly HostConfig: {
    readonly RestartPolicy?: { readonly Name: string; readonly MaximumRetryCount: number } | null;
    readonly PortBindings?: Readonly<
      Record<string, readonly { readonly HostPort: string }[] | null>
    > | null;
  };
}

/** Times in nanoseconds. */
export interface InspectedHealthcheck {
  readonly Test?: readonly string[] | null;
  readonly Interval?: number;
  readonly Timeout?: number;
  readonly Retries?: number;
  readonly StartPeriod?: number;
}
