/** A cloud and a region of it, as objects and unreachable locations name them. */
export interface LocationName {
  readonly cloud: string;
  readonly region: string;
}

/** A key that no two locations share. */
export function locationKey({ cloud, region }: LocationName): string {
  return JSON.stringify([cloud, region]);
}

/** A location in words. */
export function locationText({ cloud, region }: LocationName): string {
  return region === "" ? cloud : `${cloud} / ${region}`;
}

/** What a request says to mean this location. */
export function selectorOf({ cloud, region }: LocationName): LocationName {
  return { cloud, region };
}

/** A key that no two objects share, not even of two clouds that give the same ids. */
export function objectKey(object: {
  readonly id: string;
  readonly location?: LocationName | undefined;
}): string {
  return JSON.stringify([object.location?.cloud, object.location?.region, object.id]);
}
