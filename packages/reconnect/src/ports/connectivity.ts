/** Whether this machine has a network. It may lie: while it says no, a connect is still tried now and then. */
export interface Connectivity {
  online(): boolean | Promise<boolean>;
  /** Calls the listener with every change. */
  onChange(listener: (online: boolean) => void): Disposable;
}
