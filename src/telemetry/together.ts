import type { CloudObserver } from "../cloud/observer.ts";
import type { CallObserver } from "../rpc/call-observer.ts";

/** Several observers of calls as one; undefined when there is none, so that nobody is asked. */
export function callObservers(observers: readonly CallObserver[]): CallObserver | undefined {
  const [only] = observers;
  if (observers.length < 2) {
    return only;
  }
  return (call) => {
    const watched = observers.map((observer) => observer(call));
    const traceparent = watched.find((one) => one.traceparent !== undefined)?.traceparent;
    return {
      ...(traceparent !== undefined && { traceparent }),
      end: (end) => {
        for (const one of watched) {
          one.end(end);
        }
      },
    };
  };
}

/** Several observers of clouds as one; undefined when there is none. */
export function cloudObservers(observers: readonly CloudObserver[]): CloudObserver | undefined {
  const [only] = observers;
  if (observers.length < 2) {
    return only;
  }
  return {
    exchange: (exchange, context) => {
      const watched = observers.map((observer) => observer.exchange(exchange, context));
      const traceparent = watched.find((one) => one.traceparent !== undefined)?.traceparent;
      return {
        ...(traceparent !== undefined && { traceparent }),
        end: (end) => {
          for (const one of watched) {
            one.end(end);
          }
        },
      };
    },
    token: (cloud, event) => {
      for (const observer of observers) {
        observer.token(cloud, event);
      }
    },
  };
}
