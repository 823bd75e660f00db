import { applyDecorators } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import type { ApiQueryOptions } from '@nestjs/swagger';
import { comparisons, pageSize } from './list.js';
import type { ListFilter, ListRules } from './list.js';

/** Shows in OpenAPI what `Lists.parse` takes by the same rules. */
export function ListParameters(rules: ListRules): MethodDecorator {
  const { least, most, usual } = pageSize;
  const sorts = Object.keys(rules.sorts).flatMap((name) => [name, `-${name}`]);
  return applyDecorators(
    ...Object.entries(rules.filters).flatMap(([name, filter]) => filterParameters(name, filter)),
    parameter('sort', 'With - descending', { type: 'string', enum: sorts, default: rules.defaultSort }),
    parameter('limit', 'Items of a page', { type: 'integer', minimum: least, maximum: most, default: usual }),
    parameter('cursor', '`nextCursor` of the page before, with the same filter and sort', { type: 'string' }),
  );
}

function filterParameters(name: string, { kind, values }: ListFilter): MethodDecorator[] {
  if (kind === 'time') {
    const time = { type: 'string', format: 'date-time' };
    return Object.entries(comparisons).map(([operator, sign]) =>
      parameter(`${name}.${operator}`, `${name} ${sign} this time`, time),
    );
  }
  const items = { type: 'string', ...(values && { enum: [...values] }) };
  return [
    ApiQuery({
      name,
      required: false,
      description: 'One of these',
      style: 'form',
      explode: false,
      schema: { type: 'array', items, minItems: 1 },
    }),
  ];
}

type Schema = Extract<ApiQueryOptions, { schema: object }>['schema'];

function parameter(name: string, description: string, schema: Schema): MethodDecorator {
  return ApiQuery({ name, required: false, description, schema });
}
