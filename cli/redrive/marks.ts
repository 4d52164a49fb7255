/** Where the marks lie, in the bucket of the objects that they mark: each says that its object was redriven. */
const MARKS = 'redriven/';

/** The key of an object's mark; of a prefix, the prefix of the marks. */
export function markOf(key: string): string {
  return `${MARKS}${key}`;
}

/** The key of the object that a mark marks. */
export function markedBy(mark: string): string {
  return mark.slice(MARKS.length);
}
