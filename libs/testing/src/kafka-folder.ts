import { fileURLToPath } from 'node:url';

/** Where the pom.xml of the broker's jars is. */
export const kafkaFolder = fileURLToPath(new URL('../../../deploy/kafka', import.meta.url));
