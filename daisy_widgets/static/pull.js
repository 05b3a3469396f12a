const LOST_MS = 20000; // a reply that takes longer will not come: the kernel was restarted

/** Asks the kernel for things of one kind: few requests at once, and the newest one wins. */
export class Pull {
  constructor(send, atOnce) {
    this.send = send;
    this.atOnce = atOnce;
    this.underWay = 0;
    this.waiting = null;
  }

  ask(request) {
    if (this.underWay && Date.now() - this.lastAsked > LOST_MS) this.underWay = 0;
    if (this.underWay >= this.atOnce) {
      this.waiting = request;
      return;
    }
    this.underWay += 1;
    this.lastAsked = Date.now();
    this.send(request);
  }

  /** Whether another request would have to wait. */
  isFull() {
    return this.underWay >= this.atOnce && Date.now() - this.lastAsked <= LOST_MS;
  }

  /** The request that waits is not wanted any more. */
  forget() {
    this.waiting = null;
  }

  /** To be called for every reply, whatever it says. */
  answered() {
    this.underWay = Math.max(0, this.underWay - 1);
    const request = this.waiting;
    this.waiting = null;
    if (request) this.ask(request);
  }
}
