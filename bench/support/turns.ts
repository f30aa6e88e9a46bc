/**
 * Measures what the turns of this process's event loop cost, in CPU time: unlike the
 * time that others wait, that does not depend on who else wants the machine.
 */
export class Turns {
  #costs: number[] = [];
  #last = cpuMs();
  #isOn = false;

  /** Begins. The loop never sleeps from now on. */
  begin(): void {
    if (!this.#isOn) {
      this.#isOn = true;
      this.#tick();
    }
    this.#costs = [];
  }

  /** Ends, with the cost in ms of the turn that 99 of 100 moments of work do not exceed. */
  end(): number {
    this.#isOn = false;
    const costs = this.#costs.toSorted((one, other) => one - other);
    const most = costs.reduce((sum, cost) => sum + cost, 0) * 0.99;
    let sum = 0;
    return (
      costs.find((cost) => {
        sum += cost;
        return sum >= most;
      }) ?? 0
    );
  }

  #tick(): void {
    const now = cpuMs();
    this.#costs.push(now - this.#last);
    this.#last = now;
    if (this.#isOn) {
      setImmediate(() => this.#tick());
    }
  }
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
