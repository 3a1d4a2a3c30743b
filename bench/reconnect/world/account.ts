/** A WhatsApp account, and what a bot holds of it. */
export class Account {
  /** Whether the server knows this device. */
  paired: boolean;
  /** Whether the bot still has the credentials it was paired with. */
  hasCredentials: boolean;
  /** Whether they were deleted while the server would still have taken them. */
  lost = false;

  constructor(paired: boolean) {
    this.paired = paired;
    this.hasCredentials = paired;
  }

  /** Someone scanned the code: `creds.update` brings the credentials. */
  pair(): void {
    this.paired = true;
    this.hasCredentials = true;
  }

  deleteCredentials(): void {
    if (this.paired && this.hasCredentials) this.lost = true;
    this.hasCredentials = false;
  }

  /** Whether the server lets this bot in without a code. */
  get mayLogIn(): boolean {
    return this.paired && this.hasCredentials;
  }
}
