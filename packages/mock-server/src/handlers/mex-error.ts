/** An answer of `w:mex` that says why there is none. Never leaves the handler. */
export class MexError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
