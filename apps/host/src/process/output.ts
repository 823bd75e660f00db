import { type FileHandle, open, rename } from 'node:fs/promises';

const TAIL_BYTES = 64 * 1024;
const FILE_BYTES = 4 * 1024 * 1024;
const BACKLOG_BYTES = 1024 * 1024;

/**
 * What a deployment's processes print: the end in memory, more in a file and the one before it. Whoever prints faster
 * than the disk takes it loses lines, never time.
 */
export class Output {
  private tail: Buffer = Buffer.alloc(0);
  private backlog: Buffer[] = [];
  private backlogBytes = 0;
  private writing: Promise<void> | undefined;
  private file: FileHandle | undefined;
  private fileBytes = 0;

  constructor(private readonly path: string) {}

  append(chunk: Buffer): void {
    this.tail = Buffer.concat([this.tail, chunk.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES);
    if (this.backlogBytes + chunk.length > BACKLOG_BYTES) return;
    this.backlog.push(chunk);
    this.backlogBytes += chunk.length;
    this.writing ??= this.write().finally(() => (this.writing = undefined));
  }

  lastLines(count: number): string[] {
    return this.tail
      .toString('utf8')
      .split('\n')
      .map((line) => line.trimEnd())
      .filter((line) => line !== '')
      .slice(-count);
  }

  async close(): Promise<void> {
    await this.writing;
    await this.file?.close();
    this.file = undefined;
  }

  /** A log that cannot be written (full disk) must not hurt the application. */
  private async write(): Promise<void> {
    try {
      while (this.backlog.length > 0) {
        const bytes = Buffer.concat(this.backlog);
        this.backlog = [];
        this.backlogBytes = 0;
        if (this.fileBytes > FILE_BYTES) await this.rotate();
        const file = (this.file ??= await this.open());
        await file.write(bytes);
        this.fileBytes += bytes.length;
      }
    } catch {
      this.backlog = [];
      this.backlogBytes = 0;
    }
  }

  private async rotate(): Promise<void> {
    await this.file?.close();
    this.file = undefined;
    this.fileBytes = 0;
    await rename(this.path, `${this.path}.1`);
  }

  /** A host that starts again goes on with the file that it left, and counts what is in it. */
  private async open(): Promise<FileHandle> {
    const file = await open(this.path, 'a', 0o600);
    this.fileBytes = (await file.stat()).size;
    return file;
  }
}
