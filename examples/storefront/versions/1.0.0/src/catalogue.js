export const products = [
  { sku: 'mug', name: 'Mug', priceCents: 1200 },
  { sku: 'tee', name: 'T-shirt', priceCents: 2500 },
  { sku: 'lamp', name: 'Signal lamp', priceCents: 4900 },
];

const bySku = new Map(products.map((product) => [product.sku, product]));

/** The price of some items; undefined when one of them is not for sale. */
export function totalOf(items) {
  let totalCents = 0;
  for (const { sku, quantity } of items) {
    const product = bySku.get(sku);
    if (!product || !Number.isInteger(quantity) || quantity < 1) return undefined;
    totalCents += product.priceCents * quantity;
  }
  return totalCents;
}
