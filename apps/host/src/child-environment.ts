/** All that released applications see of this process's environment; our own tools they must not find before the machine's. */
export function childEnvironmentOf({
  PATH,
  LANG,
  TZ,
}: {
  PATH: string;
  LANG?: string | undefined;
  TZ?: string | undefined;
}): Record<string, string> {
  const folders = PATH.split(':').filter((folder) => !/node_modules\/\.bin\/?$/.test(folder));
  return { PATH: folders.join(':'), ...(LANG !== undefined && { LANG }), ...(TZ !== undefined && { TZ }) };
}
