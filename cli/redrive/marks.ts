/** Where the marks lie, in the bucket of the objects that they mark: each says that its object was redriven. */
export const MARKS = 'redriven/';

export function markOf(key: string): string {
  return `${MARKS}${key}`;
}

/** The key of the object that a mark marks. */
export function markedBy(mark: string): string {
  return mark.slice(MARKS.length);
}
