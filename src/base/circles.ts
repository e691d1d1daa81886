/**
 * The circles of a graph, each as the nodes that it leads through, the first not repeated at its end. They are all there is to mend: without
 * the step from the last to the first node of each, no circle is left. A step to what is no node of the graph leads nowhere.
 */
export function circlesIn(graph: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const circles: (readonly string[])[] = [];
  const done = new Set<string>();
  for (const start of graph.keys()) follow(start, { graph, done, circles });
  return circles;
}

interface Search {
  readonly graph: ReadonlyMap<string, readonly string[]>;
  /** From these nodes on all is known. */
  readonly done: Set<string>;
  readonly circles: (readonly string[])[];
}

/** Depth first, with a stack of its own: a chain may be longer than the calls that the engine can nest. */
function follow(start: string, { graph, done, circles }: Search): void {
  if (done.has(start)) return;
  const trail = [start];
  const ways = [[...(graph.get(start) ?? [])]];
  // Where on the trail a node stands.
  const places = new Map([[start, 0]]);
  for (;;) {
    const here = trail.at(-1);
    if (here === undefined) return;
    const next = ways.at(-1)?.shift();
    if (next === undefined) {
      done.add(here);
      places.delete(here);
      trail.pop();
      ways.pop();
      continue;
    }
    const place = places.get(next);
    if (place !== undefined) circles.push(trail.slice(place));
    else if (!done.has(next) && graph.has(next)) {
      places.set(next, trail.length);
      trail.push(next);
      ways.push([...(graph.get(next) ?? [])]);
    }
  }
}
