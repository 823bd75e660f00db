import { z } from 'zod';

/** Where something answers over HTTP; paths are put behind it. */
export const baseUrl = z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/$/, ''));
