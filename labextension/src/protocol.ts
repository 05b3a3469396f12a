// Generated from the dataclasses in daisy_kernel/contracts/protocol*.py by
//   python labextension/generate_protocol.py
// Change them and run that; a test compares.

/** What a value must look like: the part of JSON Schema that these messages need. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
}

/** A JSON object whose keys are not of the protocol. */
export type Json = Readonly<Record<string, unknown>>;

export const PROTOCOL = 1;

export const REQUEST_TYPE = 'daisy_request';

export const REPLY_TYPE = 'daisy_reply';

export const EVENT_TYPE = 'daisy_event';

export const COMM_TARGET = 'daisy';

export const MAX_READ_BYTES = 1073741824;

export const MAX_CHUNK_BYTES = 67108864;

export const MAX_NAME = 1000;

export const ERROR_KINDS = ['DaisyError', 'UnknownName', 'InvalidParameter', 'InvalidDocument', 'AxesClash', 'FileProblem', 'OutOfReach', 'OutputExists', 'DiskFull', 'OutOfBudget', 'MissingLibrary', 'StepFailed', 'Cancelled', 'RunConflict', 'ConnectionLost', 'AccessRefused'] as const;

/** One algorithm. */
export interface AlgorithmInfo {
  readonly name: string;
  /** Changes whenever its numbers change. */
  readonly version: string;
  /** JSON Schema of its parameters; x-kind, x-unit, x-axes, x-level say what that cannot. */
  readonly schema: Json;
}

/** Name -> JSON Schema of every algorithm. */
export interface AlgorithmList {
  readonly algorithms: Readonly<Record<string, Json>>;
}

/** What the one buffer beside this reply holds. */
export interface ArrayInfo {
  readonly shape: readonly number[];
  /** As NumPy codes it: "<f4". */
  readonly dtype: string;
}

/** Events of one run from a number on. */
export interface AskEvents {
  /** Its id, or the beginning of it if only one run has it. */
  readonly run: string;
  readonly since?: number;
  readonly limit?: number;
}

/** A file, or a folder of images. */
export interface AskFile {
  readonly path: string;
  /** How to understand it: name of a profile, or a profile; null: as Daisy recognises it. */
  readonly profile?: string | ScanProfile | null;
}

/** A folder, or where one may begin to look. */
export interface AskFolder {
  /** Relative to the kernel's folder; null: the first of the roots. */
  readonly path?: string | null;
  /** Part of the names that are wanted, in any case. */
  readonly filter?: string;
}

/** Events of all runs and data objects of this kernel from a kernel-wide number on. */
export interface AskKernelEvents {
  readonly since?: number;
  readonly limit?: number;
}

/** A look at a dataset in a file. */
export interface AskPreview {
  readonly path: string;
  /** Null: what one wants to look at first. */
  readonly dataset?: string | null;
  /** Number of the image; null: the middle one. */
  readonly index?: number | null;
  /** Longest side of a picture [px], or points of a curve. */
  readonly max_size?: number;
}

/** The range of values in a few planes across a dimension. */
export interface AskRange {
  readonly name: string;
  readonly axis?: number;
  /** An object of equal shape whose values are taken away first; null: none. */
  readonly minus?: string | null;
}

/** One run. */
export interface AskRun {
  /** Its id, or the beginning of it if only one run has it. */
  readonly run: string;
}

/** The latest runs. */
export interface AskRuns {
  /** How many; null: all. */
  readonly limit?: number | null;
}

/** How to run, as opposed to what. */
export interface AskedOptions {
  /** Budget for arrays: bytes, or a size such as "4GB"; null: 60 % of the machine. */
  readonly memory?: string | number | null;
  /** Blocks computed at once; null: one per core. */
  readonly threads?: string | number | null;
  /** Whether existing outputs may be replaced. */
  readonly overwrite?: boolean;
}

/** What the data of a comm message holds. */
export interface CommEnvelope {
  readonly type: 'daisy_request' | 'daisy_reply' | 'daisy_event';
  /** The content of that message. */
  readonly content: Json;
  /** Chosen by who asks and repeated in the reply; null with an event. */
  readonly id?: string | null;
}

/** How often values occur in a plane, or in a few planes. */
export interface CountValues {
  readonly name: string;
  readonly axis?: number;
  /** Which plane across `axis`; null: a few planes spread over the object. */
  readonly index?: number | null;
  readonly bins?: number;
  /** Lower edge of the first bin; null: smallest finite value. */
  readonly low?: number | null;
  /** Upper edge of the last bin, inclusive; null: largest finite value. */
  readonly high?: number | null;
  /** An object of equal shape whose values are taken away first; null: none. */
  readonly minus?: string | null;
}

/** One entry of the data store, without its numbers. */
export interface DataObjectInfo {
  readonly name: string;
  readonly shape: readonly number[];
  /** As NumPy writes it: "float32". */
  readonly dtype: string;
  /** One name per dimension; null until an algorithm has named them. */
  readonly axes: readonly string[] | null;
  /** Size of the whole object [bytes]. */
  readonly nbytes: number;
  /** In memory, in a file and read on demand, or computed when it is read. */
  readonly kind: 'array' | 'reference' | 'recipe';
  /** Of the values, as a file states it; empty: not known, or none. */
  readonly unit: string;
  /**
   * From one element to the next, for every dimension [m]; null: not known, or no length. Empty:
   * none is known.
   */
  readonly steps_m: readonly (number | null)[];
}

/** A document that is being edited, with values for its inputs as far as they are known. */
export interface DiagnoseWorkflow {
  readonly workflow: Json;
  /** Input -> value. */
  readonly inputs?: Json | null;
}

/** What keeps a workflow from running. */
export interface Diagnosis {
  /** In the order of the steps; all that can be told without files, else the first one met. */
  readonly problems: readonly Problem[];
  /** Required inputs without a value. */
  readonly missing: readonly string[];
  /** Whether files were looked at, too: without problems it can run then. */
  readonly is_planned: boolean;
}

/** A document as its file holds it; it need not be valid, so that it can be mended. */
export interface DocumentFile {
  /** From the root. */
  readonly path: string;
  /** The JSON, to the last byte. */
  readonly text: string;
  /** SHA-256 of the file, to say which content a save may replace. */
  readonly digest: string;
}

/** Values along a line in a plane. */
export interface DrawProfile {
  readonly name: string;
  /** (row, column) of the first sample [px]; pixel centres are on whole numbers. */
  readonly start: readonly number[];
  /** (row, column) of the last sample [px]. */
  readonly stop: readonly number[];
  readonly axis?: number;
  readonly index?: number;
  /** How many points; null: one per pixel of length. */
  readonly samples?: number | null;
  /** Parallel lines, one pixel apart, that are averaged. */
  readonly width?: number;
}

/** Why something was refused or has failed. */
export interface ErrorInfo {
  /** Name of the error's class, such as UnknownName. */
  readonly kind: string;
  /** One line: what was met, what was expected, what to do. */
  readonly message: string;
}

/** One algorithm, to be run at once. */
export interface ExecuteAlgorithm {
  readonly algorithm: string;
  /** {"ref": name} stands for a scalar data object. */
  readonly params: Json;
  readonly options?: AskedOptions | null;
}

/** A workflow with values for its inputs, to be written down. */
export interface ExportWorkflow {
  /** A name, the path of a document, or a document. */
  readonly workflow: string | Json;
  /** Input -> value. */
  readonly inputs?: Json | null;
  /** "step.parameter" -> value. */
  readonly overrides?: Json | null;
  /** A workflow document, or a Python script. */
  readonly form?: 'document' | 'script';
  /** The file to write; null: only the text is wanted. */
  readonly path?: string | null;
  /** Whether an existing file may be replaced. */
  readonly overwrite?: boolean;
  /** How the values came about, one sentence each. */
  readonly remarks?: readonly string[];
}

/** A workflow that gives the same numbers without being told anything. */
export interface ExportedWorkflow {
  readonly text: string;
  /** The file that was written. */
  readonly path: string | null;
}

/** What a file holds, as Daisy understands it. */
export interface FileInfo {
  /** Absolute, links resolved. */
  readonly path: string;
  /** [bytes]; null for a folder. */
  readonly size: number | null;
  /** Seconds since 1970-01-01 UTC. */
  readonly modified: number;
  /** As ``daisy info --json`` tells it. */
  readonly description: Json;
  /** The tree of an HDF5 file, parents before children; empty for another file. */
  readonly nodes: readonly TreeNode[];
  /** Whether these are all. */
  readonly complete: boolean;
}

/** Something in a folder. */
export interface FolderEntry {
  readonly name: string;
  /** By the name of a file; special: no file, such as a pipe. */
  readonly kind: 'folder' | 'hdf5' | 'image' | 'other' | 'special';
  /** [bytes]; null where it says nothing. */
  readonly size: number | null;
  /** Seconds since 1970-01-01 UTC; null where nobody knows. */
  readonly modified: number | null;
}

/** What a folder holds: folders first, then files, each in the order of their names. */
export interface FolderInfo {
  /** Absolute, links resolved. */
  readonly path: string;
  /** The folders around it as far as the caller may go, the outermost first. */
  readonly above: readonly string[];
  /** Where one may begin to look. */
  readonly roots: readonly string[];
  readonly entries: readonly FolderEntry[];
  /** How many there are; more than the entries: give a filter. */
  readonly total: number;
  /** Whether all of the folder was looked through. */
  readonly complete: boolean;
}

/** What the one buffer beside this reply holds: `bins` counts, uint32. */
export interface Histogram {
  readonly bins: number;
  readonly low: number;
  readonly high: number;
  /** Values below `low`, minus infinity among them. */
  readonly below: number;
  /** Values above `high`, infinity among them. */
  readonly above: number;
  /** NaN. */
  readonly missing: number;
}

/** Events of this kernel, in order. */
export interface KernelEvents {
  /** Another than last time: the kernel was restarted, ask since 0. */
  readonly instance: string;
  readonly events: readonly KernelEvent[];
  /** The oldest event that is still held; those of runs are on disk besides, see run.events. */
  readonly first: number;
  /** Ask for events since this number to go on. */
  readonly next: number;
  /** Whether there are more already. */
  readonly more: boolean;
}

/** Who answers, and what may be asked. */
export interface KernelInfo {
  /** Version of these messages. */
  readonly protocol: number;
  /** Of Daisy. */
  readonly version: string;
  /** Different for every kernel process: kernel-wide numbers of events start again with it. */
  readonly instance: string;
  /** Seconds since 1970-01-01 UTC. */
  readonly started: number;
  readonly pid: number;
  /** Where relative paths begin. */
  readonly folder: string;
  readonly operations: readonly string[];
  readonly engines: readonly string[];
  readonly limits: Limits;
  /** Number that the next event of this kernel will have. */
  readonly next: number;
}

/** What one message may carry. */
export interface Limits {
  /** Buffer of a reply [bytes]. */
  readonly read_bytes: number;
  /** Buffer of a request [bytes]. */
  readonly chunk_bytes: number;
  /** An array that is put, in however many pieces [bytes]. */
  readonly put_bytes: number;
  /** Arguments of a request as JSON [bytes]. */
  readonly argument_bytes: number;
  /** Events of a reply. */
  readonly events: number;
}

/** A line of the log. */
export interface LogData {
  readonly level: 'info' | 'warning' | 'error';
  readonly message: string;
}

/** One line of a run's log. */
export interface LogLine {
  /** Number of its event within the run. */
  readonly n: number;
  /** Seconds since 1970-01-01 UTC. */
  readonly time: number;
  readonly level: 'info' | 'warning' | 'error';
  readonly message: string;
}

/** One thing by its name. */
export interface Named {
  readonly name: string;
}

/** No arguments, or no result beyond having been done. */
export type Nothing = Readonly<Record<string, never>>;

/** A data object was added, changed or removed. */
export interface ObjectData {
  readonly change: 'added' | 'changed' | 'removed';
  readonly name: string;
  /** The object as it is now; null when it was removed, or again meanwhile. */
  readonly object: DataObjectInfo | null;
}

/** Every data object. */
export interface ObjectList {
  readonly objects: readonly DataObjectInfo[];
}

/** A document in a file. */
export interface OpenDocument {
  /** Relative to the kernel's folder. */
  readonly path: string;
}

/** A file whose data become data objects, without being read. */
export interface OpenFile {
  /** File or folder, or FILE:/dataset; relative to the kernel's folder. */
  readonly path: string;
  /** What the first object is called; null: as the file. */
  readonly name?: string | null;
}

/** A dataset is complete in its file. */
export interface OutputData {
  readonly path: string;
  readonly dataset: string;
}

/** What the one buffer beside this reply holds: levels, uint8 or uint16. */
export interface Picture {
  /** (rows, columns) of the buffer. */
  readonly shape: readonly number[];
  /** (rows, columns) of the plane before squares were averaged. */
  readonly full_shape: readonly number[];
  /** Side of the squares [px]. */
  readonly binning: number;
  readonly bits: 8 | 16;
  /** Value of level 0, which also stands for what is below and for NaN. */
  readonly low: number;
  /** Value of the highest level, which also stands for what is above. */
  readonly high: number;
  readonly axis: number;
  readonly index: number;
}

/** What the run is going to do. */
export interface PlanData {
  readonly items: readonly PlanItem[];
}

/** One item of a plan: steps that run together. */
export interface PlanItem {
  readonly steps: readonly string[];
  /** The axis that is cut; null: whole arrays. */
  readonly axis: string | null;
  /** How many pieces of work. */
  readonly blocks: number;
  /** What they need at most [bytes]. */
  readonly memory: number;
  /** All of it in one line. */
  readonly text: string;
  /** Elements along the axis in one block. */
  readonly block?: number | null;
  /** Neighbours that a block needs on each side. */
  readonly halo?: number;
  /** Blocks in work at once. */
  readonly workers?: number;
  /** Room for what is kept on disk until the end of the run [bytes]. */
  readonly parts?: number;
  /** Parts [start, stop) of the axis that a sweep reads. */
  readonly windows?: readonly (readonly number[])[];
  /** Combinations of a sweep. */
  readonly variants?: number;
}

/** A dataset that a run would write. */
export interface PlanOutput {
  readonly path: string;
  readonly dataset: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly nbytes: number;
}

/** A workflow with values for its inputs, and how to run it. */
export interface PrepareRun {
  /** A name, the path of a document, or a document. */
  readonly workflow: string | Json;
  /** Input -> value. */
  readonly inputs?: Json | null;
  /** "step.parameter" -> value. */
  readonly overrides?: Json | null;
  /** Input or "step.parameter" -> the values it takes one after the other. */
  readonly sweep?: Json | null;
  /** Numbers of the slices on which these are compared. */
  readonly slices?: unknown;
  readonly options?: AskedOptions | null;
  readonly engine?: string;
}

/** An image of 8 bits or a curve of float32, which is the buffer beside it. */
export interface Preview {
  /** Of the dataset. */
  readonly shape: readonly number[];
  readonly dtype: string;
  /** How many images there are to choose from; 0: it is a curve. */
  readonly images: number;
  /** How to read the buffer as an image. */
  readonly picture: Picture | null;
  /** Every how many values a point of the curve was taken. */
  readonly step: number;
}

/** What one step does to the slice. */
export interface PreviewStep {
  readonly step: string;
  /** Name of its class. */
  readonly algorithm: string;
  /** The data object that shows what goes in; null: there is nothing to show. */
  readonly before: string | null;
  /** What comes out; the same as `before` where the step does nothing with these parameters. */
  readonly after: string | null;
  /** What computing took; 0 where an earlier preview had it. */
  readonly seconds: number;
  /** Why there is nothing to show, where that is not plain. */
  readonly note: string;
}

/** A workflow with values for its inputs, and one slice of what it would make. */
export interface PreviewWorkflow {
  /** A name, the path of a document, or a document. */
  readonly workflow: string | Json;
  /** Input -> value. */
  readonly inputs?: Json | null;
  /** "step.parameter" -> value. */
  readonly overrides?: Json | null;
  /** Number of the slice; null: the middle one. */
  readonly index?: number | null;
}

/** One thing that keeps a workflow from running. */
export interface Problem {
  /** Name of the error's class, such as UnknownName. */
  readonly kind: string;
  /** One line, as a run would say it. */
  readonly message: string;
  /** Number of the step, from 0; null: the document as a whole. */
  readonly step: number | null;
  /** Of the step; without a step, an input of the workflow. */
  readonly parameter: string;
}

/** What the one buffer beside this reply holds: `samples` values, float32, NaN outside. */
export interface Profile {
  readonly samples: number;
  /** From the first to the last sample [px]. */
  readonly length: number;
}

/** A scan profile with its name. */
export interface ProfileInfo {
  readonly name: string;
  /** Null where it cannot be used. */
  readonly profile: ScanProfile | null;
  /** Whether it is of the facility's configuration and cannot be changed here. */
  readonly fixed: boolean;
  /** Why it cannot be used, in one sentence. */
  readonly problem: string;
}

/** Every scan profile. */
export interface ProfileList {
  readonly profiles: readonly ProfileInfo[];
}

/** A block is done. */
export interface ProgressData {
  readonly item: number;
  readonly items: number;
  readonly title: string;
  readonly done: number;
  readonly blocks: number;
}

/**
 * An array, or a piece of one, that comes as the one buffer beside this request.
 *
 * The object is there once its last byte has come; until then nobody sees it. Pieces come in
 * order. A piece that came before may be sent again, so a client may repeat what got no answer.
 */
export interface PutObject {
  readonly name: string;
  readonly shape: readonly number[];
  /** As NumPy codes it: "<f4". */
  readonly dtype: string;
  readonly axes?: readonly string[] | null;
  /** Chosen by the sender, the same for all pieces of one array; null: it comes in one piece. */
  readonly upload?: string | null;
  /** Position of the piece's first byte in the array [bytes]. */
  readonly offset?: number;
}

/** How much of an array has come. */
export interface PutProgress {
  /** Bytes so far: the offset of the next piece. */
  readonly received: number;
  /** Size of the whole array [bytes]. */
  readonly nbytes: number;
  /** The object, once it is complete. */
  readonly object: DataObjectInfo | null;
}

/** A hyperslab of a data object. */
export interface ReadObject {
  readonly name: string;
  /** [start, stop] or [start, stop, step] for every dimension; null: everything. */
  readonly selection?: readonly (readonly number[])[] | null;
  /** Refuse rather than send more than this; null: what one reply may carry. */
  readonly max_bytes?: number | null;
}

/** Content of a ``daisy_reply`` to a request that was not carried out. */
export interface Refusal {
  readonly status: 'error';
  readonly error: ErrorInfo;
}

/** Content of a ``daisy_reply`` to a request that was carried out. */
export interface Reply {
  readonly status: 'ok';
  /** As the operation gives it. */
  readonly result: Json;
}

/** Content of a ``daisy_request``. */
export interface Request {
  readonly operation: string;
  /** As the operation takes them; may be left out where it takes none. */
  readonly arguments?: Json;
}

/** Events of one run, in order. */
export interface RunEvents {
  readonly events: readonly DaisyEvent[];
  /** Ask for events since this number to go on. */
  readonly next: number;
  /** Whether there are more already. */
  readonly more: boolean;
}

/** The id of a run that was started, resumed or asked to stop. */
export interface RunId {
  readonly id: string;
}

/** Everything that is kept of a run, and how far it has come. */
export interface RunInfo {
  readonly id: string;
  readonly workflow: string;
  readonly state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled' | 'interrupted';
  readonly created: number;
  readonly document: Json | null;
  readonly inputs: Json;
  readonly options: RunOptions;
  readonly engine: string;
  readonly pid: number;
  readonly pid_started: number;
  readonly finished: number | null;
  readonly outputs: readonly string[];
  readonly values: Json;
  readonly error: string;
  readonly progress: RunProgress;
}

/** The log of one run, in order. */
export interface RunLines {
  readonly lines: readonly LogLine[];
  /** Ask for lines since this number to go on. */
  readonly next: number;
  readonly more: boolean;
}

/** Recorded runs, newest first. */
export interface RunList {
  readonly runs: readonly RunSummary[];
}

/** How to run, as opposed to what. */
export interface RunOptions {
  /** Budget for arrays [bytes]; None: 60 % of what the machine or container allows. */
  readonly memory_bytes: number | null;
  /** Blocks computed at once; None: one per core. */
  readonly threads: number | null;
  /** Whether existing outputs may be replaced. */
  readonly overwrite: boolean;
}

/** How far a run has come. */
export interface RunProgress {
  readonly fraction: number;
  /** What is being done. */
  readonly title: string;
  /** Number of the plan's item in work. */
  readonly item: number;
  readonly items: number;
  /** Blocks of this item that are done. */
  readonly done: number;
  readonly blocks: number;
}

/** One run in a list. */
export interface RunSummary {
  readonly id: string;
  readonly workflow: string;
  readonly state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled' | 'interrupted';
  /** Seconds since 1970-01-01 UTC. */
  readonly created: number;
  readonly finished: number | null;
  /** Files written. */
  readonly outputs: readonly string[];
  /** One line, when the run failed. */
  readonly error: string;
  /** Whether it tries values of parameters on some slices, instead of running the workflow. */
  readonly is_sweep: boolean;
}

/** A document to be written into a file. */
export interface SaveDocument {
  /** Ends with ".daisy.json"; relative to the kernel's folder. */
  readonly path: string;
  /** A JSON object. */
  readonly text: string;
  /** Digest of the content that the file may have already; null: there must be no file. */
  readonly replaces?: string | null;
}

/** A scan profile to keep. */
export interface SaveProfile {
  readonly name: string;
  readonly profile: ScanProfile;
  /** Whether an older one of this name may be replaced. */
  readonly overwrite?: boolean;
}

/** A document that is in its file now. */
export interface SavedDocument {
  /** From the root. */
  readonly path: string;
  /** SHA-256 of the file. */
  readonly digest: string;
}

/** Datasets of an HDF5 file by what they mean; what is left out is not in the file. */
export interface ScanProfile {
  /** (n_frame, n_row, n_col) [counts] */
  readonly projections: string;
  /** Images of the beam without the sample, if they are a dataset of their own. */
  readonly flats?: string | null;
  /** Images without the beam, if they are a dataset of their own. */
  readonly darks?: string | null;
  /** One number per projection, or per frame where there are image keys. */
  readonly angles?: string | null;
  /** Null: as the dataset says, else degrees. */
  readonly angle_unit?: 'degrees' | 'radians' | null;
  /** What each frame of the projections is: 0 projection, 1 flat, 2 dark; others are left out. */
  readonly image_key?: string | null;
  /** Photon energy [keV], or the dataset that states it (keV if it names no unit). */
  readonly energy?: number | string | null;
  /** Edge of a pixel at the sample [m], or the dataset that states it with its unit. */
  readonly pixel_size?: number | string | null;
}

/**
 * A display-sized plane of a data object with two or more dimensions.
 *
 * Of more than three, all but the last two are counted as one, in C order.
 */
export interface ShowPlane {
  readonly name: string;
  /** Dimension across which the plane lies; of no meaning with two dimensions. */
  readonly axis?: number;
  /** Where along that dimension. */
  readonly index?: number;
  /** Longest side [px]: squares of pixels are averaged until the plane fits. */
  readonly max_size?: number;
  /** Side of these squares [px]; null: as `max_size` needs it. */
  readonly binning?: number | null;
  readonly bits?: 8 | 16;
  /** Value of level 0; null: smallest value of the plane. */
  readonly low?: number | null;
  /** Value of the highest level; null: largest value of the plane. */
  readonly high?: number | null;
  /** [start, stop] of its rows, and of its columns: only this is shown; null: all of it. */
  readonly region?: readonly (readonly number[])[] | null;
  /** An object of equal shape whose values are taken away first; null: none. */
  readonly minus?: string | null;
}

/** The run is in another state. */
export interface StateData {
  readonly state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled' | 'interrupted';
  /** One line, when it failed. */
  readonly error?: string;
  /** Where in the code. */
  readonly traceback?: string;
}

/** Of the finite values of a rectangle; without any, the numbers are null. */
export interface Statistics {
  /** Finite values. */
  readonly count: number;
  /** NaN and infinities. */
  readonly missing: number;
  readonly mean: number | null;
  /** Standard deviation, of the values themselves (divided by their number). */
  readonly deviation: number | null;
  /** Smallest value. */
  readonly low: number | null;
  /** Largest value. */
  readonly high: number | null;
  readonly median: number | null;
}

/** The values within a rectangle of a plane. */
export interface SumUpRegion {
  readonly name: string;
  /** [start, stop] */
  readonly rows: readonly number[];
  /** [start, stop] */
  readonly columns: readonly number[];
  readonly axis?: number;
  readonly index?: number;
  /** An object of equal shape whose values are taken away first; null: none. */
  readonly minus?: string | null;
}

/** A group or dataset of an HDF5 file. */
export interface TreeNode {
  readonly path: string;
  readonly kind: 'group' | 'dataset' | 'broken';
  readonly shape: readonly number[] | null;
  /** As NumPy writes it; "text" for words. */
  readonly dtype: string;
  readonly unit: string;
  /** Of a dataset with a single element; else empty. */
  readonly value: string;
  /** Why it cannot be read, in one sentence. */
  readonly problem: string;
}

/** A workflow that can be planned; no file has been opened yet. */
export interface ValidWorkflow {
  /** Name of the workflow. */
  readonly workflow: string;
  /** Every input with the value that a run would use. */
  readonly inputs: Json;
  /** The document with the overrides in it. */
  readonly document: Json;
}

/** A workflow with values for its inputs. */
export interface ValidateWorkflow {
  /** A name, the path of a document, or a document. */
  readonly workflow: string | Json;
  /** Input -> value. */
  readonly inputs?: Json | null;
  /** "step.parameter" -> value. */
  readonly overrides?: Json | null;
  /** Input or "step.parameter" -> the values it takes one after the other. */
  readonly sweep?: Json | null;
  /** Numbers of the slices on which these are compared. */
  readonly slices?: unknown;
}

/** A scalar was computed, such as the rotation centre. */
export interface ValueData {
  readonly name: string;
  readonly value: unknown;
}

/** The finite values of a few planes, averaged over squares of two pixels: noise counts less. */
export interface ValueRange {
  readonly low: number;
  readonly high: number;
  readonly percentile_1: number;
  readonly percentile_99: number;
}

/** One workflow. */
export interface WorkflowInfo {
  readonly name: string;
  readonly document: Json;
  /** JSON Schema of its inputs, with x-unit. */
  readonly schema: Json;
}

/** Name -> document of every workflow. */
export interface WorkflowList {
  readonly workflows: Readonly<Record<string, Json>>;
}

/** What a run would do. */
export interface WorkflowPlan {
  /** Name of the workflow. */
  readonly workflow: string;
  /** Every input with the value that a run would use. */
  readonly inputs: Json;
  /** In the order of execution. */
  readonly items: readonly PlanItem[];
  readonly outputs: readonly PlanOutput[];
  /** What it needs at most [bytes]. */
  readonly memory: number;
  /** What it may use [bytes]. */
  readonly budget: number;
  /** Room for outputs and parts [bytes]. */
  readonly disk: number;
  /** Parameter -> its values. */
  readonly sweep: Json | null;
}

/** One slice through every step; the next preview replaces its data objects. */
export interface WorkflowPreview {
  /** Name of the workflow. */
  readonly workflow: string;
  /** Every input with the value that was used. */
  readonly inputs: Json;
  /** Number of the slice. */
  readonly index: number;
  /** How many slices there are. */
  readonly count: number;
  /** In the order of execution. */
  readonly steps: readonly PreviewStep[];
  /** Numbers that steps found on the way, such as the rotation centre. */
  readonly values: Json;
}

/** What an event of each kind holds. */
export interface EventData {
  readonly state: StateData;
  readonly plan: PlanData;
  readonly progress: ProgressData;
  readonly log: LogData;
  readonly value: ValueData;
  readonly output: OutputData;
  readonly object: ObjectData;
}

export type EventKind = keyof EventData;

/** An event of one kind. */
export interface EventOf<K extends EventKind> {
  readonly run: string;
  readonly n: number;
  readonly time: number;
  readonly kind: K;
  readonly data: EventData[K];
}

/** One thing that happened in a run, or to a data object; `n` counts within the run. */
export type DaisyEvent = { [K in EventKind]: EventOf<K> }[EventKind];

/** An event as a kernel tells it to everybody; `kernel_n` counts all of the kernel. */
export type KernelEvent = DaisyEvent & { readonly kernel_n: number };

/** Arguments and result of every operation. */
export interface Operations {
  readonly 'kernel.describe': { arguments: Nothing; result: KernelInfo };
  readonly 'kernel.events': { arguments: AskKernelEvents; result: KernelEvents };
  readonly 'objects.list': { arguments: Nothing; result: ObjectList };
  readonly 'objects.describe': { arguments: Named; result: DataObjectInfo };
  readonly 'objects.refresh': { arguments: Named; result: DataObjectInfo };
  readonly 'objects.read': { arguments: ReadObject; result: ArrayInfo };
  readonly 'objects.image': { arguments: ShowPlane; result: Picture };
  readonly 'objects.range': { arguments: AskRange; result: ValueRange };
  readonly 'objects.histogram': { arguments: CountValues; result: Histogram };
  readonly 'objects.profile': { arguments: DrawProfile; result: Profile };
  readonly 'objects.statistics': { arguments: SumUpRegion; result: Statistics };
  readonly 'objects.put': { arguments: PutObject; result: PutProgress };
  readonly 'objects.delete': { arguments: Named; result: Nothing };
  readonly 'objects.open': { arguments: OpenFile; result: ObjectList };
  readonly 'files.list': { arguments: AskFolder; result: FolderInfo };
  readonly 'files.describe': { arguments: AskFile; result: FileInfo };
  readonly 'files.preview': { arguments: AskPreview; result: Preview };
  readonly 'profiles.list': { arguments: Nothing; result: ProfileList };
  readonly 'profiles.save': { arguments: SaveProfile; result: ProfileInfo };
  readonly 'profiles.delete': { arguments: Named; result: Nothing };
  readonly 'algorithms.list': { arguments: Nothing; result: AlgorithmList };
  readonly 'algorithms.describe': { arguments: Named; result: AlgorithmInfo };
  readonly 'workflows.list': { arguments: Nothing; result: WorkflowList };
  readonly 'workflows.describe': { arguments: Named; result: WorkflowInfo };
  readonly 'workflow.validate': { arguments: ValidateWorkflow; result: ValidWorkflow };
  readonly 'workflow.check': { arguments: PrepareRun; result: WorkflowPlan };
  readonly 'workflow.preview': { arguments: PreviewWorkflow; result: WorkflowPreview };
  readonly 'workflow.export': { arguments: ExportWorkflow; result: ExportedWorkflow };
  readonly 'workflow.diagnose': { arguments: DiagnoseWorkflow; result: Diagnosis };
  readonly 'documents.open': { arguments: OpenDocument; result: DocumentFile };
  readonly 'documents.save': { arguments: SaveDocument; result: SavedDocument };
  readonly 'run.start': { arguments: PrepareRun; result: RunId };
  readonly 'run.resume': { arguments: AskRun; result: RunId };
  readonly 'run.cancel': { arguments: AskRun; result: RunId };
  readonly 'run.describe': { arguments: AskRun; result: RunInfo };
  readonly 'run.events': { arguments: AskEvents; result: RunEvents };
  readonly 'run.log': { arguments: AskEvents; result: RunLines };
  readonly 'runs.list': { arguments: AskRuns; result: RunList };
  readonly 'execute': { arguments: ExecuteAlgorithm; result: Nothing };
}

export type Operation = keyof Operations;

export type Arguments<O extends Operation> = Operations[O]['arguments'];

export type Result<O extends Operation> = Operations[O]['result'];

/** The schemas of arguments and result, and how many buffers travel beside them. */
export const OPERATIONS = {
  'kernel.describe': { arguments: 'Nothing', result: 'KernelInfo', buffersIn: 0, buffersOut: 0 },
  'kernel.events': { arguments: 'AskKernelEvents', result: 'KernelEvents', buffersIn: 0, buffersOut: 0 },
  'objects.list': { arguments: 'Nothing', result: 'ObjectList', buffersIn: 0, buffersOut: 0 },
  'objects.describe': { arguments: 'Named', result: 'DataObjectInfo', buffersIn: 0, buffersOut: 0 },
  'objects.refresh': { arguments: 'Named', result: 'DataObjectInfo', buffersIn: 0, buffersOut: 0 },
  'objects.read': { arguments: 'ReadObject', result: 'ArrayInfo', buffersIn: 0, buffersOut: 1 },
  'objects.image': { arguments: 'ShowPlane', result: 'Picture', buffersIn: 0, buffersOut: 1 },
  'objects.range': { arguments: 'AskRange', result: 'ValueRange', buffersIn: 0, buffersOut: 0 },
  'objects.histogram': { arguments: 'CountValues', result: 'Histogram', buffersIn: 0, buffersOut: 1 },
  'objects.profile': { arguments: 'DrawProfile', result: 'Profile', buffersIn: 0, buffersOut: 1 },
  'objects.statistics': { arguments: 'SumUpRegion', result: 'Statistics', buffersIn: 0, buffersOut: 0 },
  'objects.put': { arguments: 'PutObject', result: 'PutProgress', buffersIn: 1, buffersOut: 0 },
  'objects.delete': { arguments: 'Named', result: 'Nothing', buffersIn: 0, buffersOut: 0 },
  'objects.open': { arguments: 'OpenFile', result: 'ObjectList', buffersIn: 0, buffersOut: 0 },
  'files.list': { arguments: 'AskFolder', result: 'FolderInfo', buffersIn: 0, buffersOut: 0 },
  'files.describe': { arguments: 'AskFile', result: 'FileInfo', buffersIn: 0, buffersOut: 0 },
  'files.preview': { arguments: 'AskPreview', result: 'Preview', buffersIn: 0, buffersOut: 1 },
  'profiles.list': { arguments: 'Nothing', result: 'ProfileList', buffersIn: 0, buffersOut: 0 },
  'profiles.save': { arguments: 'SaveProfile', result: 'ProfileInfo', buffersIn: 0, buffersOut: 0 },
  'profiles.delete': { arguments: 'Named', result: 'Nothing', buffersIn: 0, buffersOut: 0 },
  'algorithms.list': { arguments: 'Nothing', result: 'AlgorithmList', buffersIn: 0, buffersOut: 0 },
  'algorithms.describe': { arguments: 'Named', result: 'AlgorithmInfo', buffersIn: 0, buffersOut: 0 },
  'workflows.list': { arguments: 'Nothing', result: 'WorkflowList', buffersIn: 0, buffersOut: 0 },
  'workflows.describe': { arguments: 'Named', result: 'WorkflowInfo', buffersIn: 0, buffersOut: 0 },
  'workflow.validate': { arguments: 'ValidateWorkflow', result: 'ValidWorkflow', buffersIn: 0, buffersOut: 0 },
  'workflow.check': { arguments: 'PrepareRun', result: 'WorkflowPlan', buffersIn: 0, buffersOut: 0 },
  'workflow.preview': { arguments: 'PreviewWorkflow', result: 'WorkflowPreview', buffersIn: 0, buffersOut: 0 },
  'workflow.export': { arguments: 'ExportWorkflow', result: 'ExportedWorkflow', buffersIn: 0, buffersOut: 0 },
  'workflow.diagnose': { arguments: 'DiagnoseWorkflow', result: 'Diagnosis', buffersIn: 0, buffersOut: 0 },
  'documents.open': { arguments: 'OpenDocument', result: 'DocumentFile', buffersIn: 0, buffersOut: 0 },
  'documents.save': { arguments: 'SaveDocument', result: 'SavedDocument', buffersIn: 0, buffersOut: 0 },
  'run.start': { arguments: 'PrepareRun', result: 'RunId', buffersIn: 0, buffersOut: 0 },
  'run.resume': { arguments: 'AskRun', result: 'RunId', buffersIn: 0, buffersOut: 0 },
  'run.cancel': { arguments: 'AskRun', result: 'RunId', buffersIn: 0, buffersOut: 0 },
  'run.describe': { arguments: 'AskRun', result: 'RunInfo', buffersIn: 0, buffersOut: 0 },
  'run.events': { arguments: 'AskEvents', result: 'RunEvents', buffersIn: 0, buffersOut: 0 },
  'run.log': { arguments: 'AskEvents', result: 'RunLines', buffersIn: 0, buffersOut: 0 },
  'runs.list': { arguments: 'AskRuns', result: 'RunList', buffersIn: 0, buffersOut: 0 },
  'execute': { arguments: 'ExecuteAlgorithm', result: 'Nothing', buffersIn: 0, buffersOut: 0 }
} as const;

export const SCHEMAS: Readonly<Record<string, Schema>> = {
  AlgorithmInfo: {"type": "object", "properties": {"name": {"type": "string"}, "version": {"type": "string"}, "schema": {"type": "object", "additionalProperties": true}}, "required": ["name", "version", "schema"], "additionalProperties": false},
  AlgorithmList: {"type": "object", "properties": {"algorithms": {"type": "object", "additionalProperties": {"type": "object", "additionalProperties": true}}}, "required": ["algorithms"], "additionalProperties": false},
  ArrayInfo: {"type": "object", "properties": {"shape": {"type": "array", "items": {"type": "integer", "minimum": 0}, "maxItems": 64}, "dtype": {"type": "string"}}, "required": ["shape", "dtype"], "additionalProperties": false},
  AskEvents: {"type": "object", "properties": {"run": {"type": "string", "minLength": 1, "maxLength": 1000}, "since": {"type": "integer", "minimum": 0}, "limit": {"type": "integer", "minimum": 1, "maximum": 10000}}, "required": ["run"], "additionalProperties": false},
  AskFile: {"type": "object", "properties": {"path": {"type": "string", "minLength": 1, "maxLength": 1000}, "profile": {"anyOf": [{"type": "string", "minLength": 1, "maxLength": 1000}, {"$ref": "ScanProfile"}, {"type": "null"}]}}, "required": ["path"], "additionalProperties": false},
  AskFolder: {"type": "object", "properties": {"path": {"anyOf": [{"type": "string", "minLength": 1, "maxLength": 1000}, {"type": "null"}]}, "filter": {"type": "string", "maxLength": 1000}}, "additionalProperties": false},
  AskKernelEvents: {"type": "object", "properties": {"since": {"type": "integer", "minimum": 0}, "limit": {"type": "integer", "minimum": 1, "maximum": 10000}}, "additionalProperties": false},
  AskPreview: {"type": "object", "properties": {"path": {"type": "string", "minLength": 1, "maxLength": 1000}, "dataset": {"anyOf": [{"type": "string", "minLength": 2, "maxLength": 1000}, {"type": "null"}]}, "index": {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "null"}]}, "max_size": {"type": "integer", "minimum": 1, "maximum": 1024}}, "required": ["path"], "additionalProperties": false},
  AskRange: {"type": "object", "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 1000}, "axis": {"type": "integer"}, "minus": {"anyOf": [{"type": "string", "minLength": 1, "maxLength": 1000}, {"type": "null"}]}}, "required": ["name"], "additionalProperties": false},
  AskRun: {"type": "object", "properties": {"run": {"type": "string", "minLength": 1, "maxLength": 1000}}, "required": ["run"], "additionalProperties": false},
  AskRuns: {"type": "object", "properties": {"limit": {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "null"}]}}, "additionalProperties": false},
  AskedOptions: {"type": "object", "properties": {"memory": {"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]}, "threads": {"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]}, "overwrite": {"type": "boolean"}}, "additionalProperties": false},
  CommEnvelope: {"type": "object", "properties": {"type": {"type": "string", "enum": ["daisy_request", "daisy_reply", "daisy_event"]}, "content": {"type": "object", "additionalProperties": true}, "id": {"anyOf": [{"type": "string", "minLength": 1, "maxLength": 1000}, {"type": "null"}]}}, "required": ["type", "content"], "additionalProperties": false},
  CountValues: {"type": "object", "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 1000}, "axis": {"type": "integer"}, "index": {"anyOf": [{"type": "integer"}, {"type": "null"}]}, "bins": {"type": "integer", "minimum": 1, "maximum": 65536}, "low": {"anyOf": [{"type": "number"}, {"type": "null"}]}, "high": {"anyOf": [{"type": "number"}, {"type": "null"}]}, "minus": {"anyOf": [{"type": "string", "minLength": 1, "maxLength": 1000}, {"type": "null"}]}}, "required": ["name"], "additionalProperties": false},
  DataObjectInfo: {"type": "object", "properties": {"name": {"type": "string"}, "shape": {"type": "array", "items": {"type": "integer", "minimum": 0}, "maxItems": 64}, "dtype": {"type": "string"}, "axes": {"anyOf": [{"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 1000}, "maxItems": 64}, {"type": "null"}]}, "nbytes": {"type": "integer", "minimum": 0}, "kind": {"type": "string", "enum": ["array", "reference", "recipe"]}, "unit": {"type": "string"}, "steps_m": {"type": "array", "items": {"anyOf": [{"type": "number"}, {"type": "null"}]}}}, "required": ["name", "shape", "dtype", "axes", "nbytes", "kind", "unit", "steps_m"], "additionalProperties": false},
  DiagnoseWorkflow: {"type": "object", "properties": {"workflow": {"type": "object", "additionalProperties": true}, "inputs": {"anyOf": [{"type": "object", "additionalProperties": true}, {"type": "null"}]}}, "required": ["workflow"], "additionalProperties": false},
  Diagnosis: {"type": "object", "properties": {"problems": {"type": "array", "items": {"$ref": "Problem"}}, "missing": {"type": "array", "items": {"type": "string"}}, "is_planned": {"type": "boolean"}}, "required": ["problems", "missing", "is_planned"], "additionalProperties": false},
  DocumentFile: {"type": "object", "properties": {"path": {"type": "string"}, "text": {"type": "string"}, "digest": {"type": "string"}}, "required": ["path", "text", "digest"], "additionalProperties": false},
  DrawProfile: {"type": "object", "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 1000}, "start": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}, "stop": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}, "axis": {"type": "integer"}, "index": {"type": "integer"}, "samples": {"anyOf": [{"type": "integer", "minimum": 2, "maximum": 65536}, {"type": "null"}]}, "width": {"type": "integer", "minimum": 1, "maximum": 1000}}, "required": ["name", "start", "stop"], "additionalProperties": false},
  ErrorInfo: {"type": "object", "properties": {"kind": {"type": "string"}, "message": {"type": "string"}}, "required": ["kind", "message"], "additionalProperties": false},
  Event: {"anyOf": [{"$ref": "StateEvent"}, {"$ref": "PlanEvent"}, {"$ref": "ProgressEvent"}, {"$ref": "LogEvent"}, {"$ref": "ValueEvent"}, {"$ref": "OutputEvent"}, {"$ref": "ObjectEvent"}]},
  ExecuteAlgorithm: {"type": "object", "properties": {"algorithm": {"type": "string", "minLength": 1, "maxLength": 1000}, "params": {"type": "object", "additionalProperties": true}, "options": {"anyOf": [{"$ref": "AskedOptions"}, {"type": "null"}]}}, "required": ["algorithm", "params"], "additionalProperties": false},
  ExportWorkflow: {"type": "object", "properties": {"workflow": {"anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": true}]}, "inputs": {"anyOf": [{"type": "object", "additionalProperties": true}, {"type": "null"}]}, "overrides": {"anyOf": [{"type": "object", "additionalProperties": true}, {"type": "null"}]}, "form": {"type": "string", "enum": ["document", "script"]}, "path": {"anyOf": [{"type": "string", "minLength": 1, "maxLength": 1000}, {"type": "null"}]}, "overwrite": {"type": "boolean"}, "remarks": {"type": "array", "items": {"type": "string"}}}, "required": ["workflow"], "additionalProperties": false},
  ExportedWorkflow: {"type": "object", "properties": {"text": {"type": "string"}, "path": {"anyOf": [{"type": "string"}, {"type": "null"}]}}, "required": ["text", "path"], "additionalProperties": false},
  FileInfo: {"type": "object", "properties": {"path": {"type": "string"}, "size": {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "null"}]}, "modified": {"type": "number"}, "description": {"type": "object", "additionalProperties": true}, "nodes": {"type": "array", "items": {"$ref": "TreeNode"}}, "complete": {"type": "boolean"}}, "required": ["path", "size", "modified", "description", "nodes", "complete"], "additionalProperties": false},
  FolderEntry: {"type": "object", "properties": {"name": {"type": "string"}, "kind": {"type": "string", "enum": ["folder", "hdf5", "image", "other", "special"]}, "size": {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "null"}]}, "modified": {"anyOf": [{"type": "number"}, {"type": "null"}]}}, "required": ["name", "kind", "size", "modified"], "additionalProperties": false},
  FolderInfo: {"type": "object", "properties": {"path": {"type": "string"}, "above": {"type": "array", "items": {"type": "string"}}, "roots": {"type": "array", "items": {"type": "string"}}, "entries": {"type": "array", "items": {"$ref": "FolderEntry"}}, "total": {"type": "integer", "minimum": 0}, "complete": {"type": "boolean"}}, "required": ["path", "above", "roots", "entries", "total", "complete"], "additionalProperties": false},
  Histogram: {"type": "object", "properties": {"bins": {"type": "integer", "minimum": 1}, "low": {"type": "number"}, "high": {"type": "number"}, "below": {"type": "integer", "minimum": 0}, "above": {"type": "integer", "minimum": 0}, "missing": {"type": "integer", "minimum": 0}}, "required": ["bins", "low", "high", "below", "above", "missing"], "additionalProperties": false},
  KernelEvent: {"anyOf": [{"$ref": "KernelStateEvent"}, {"$ref": "KernelPlanEvent"}, {"$ref": "KernelProgressEvent"}, {"$ref": "KernelLogEvent"}, {"$ref": "KernelValueEvent"}, {"$ref": "KernelOutputEvent"}, {"$ref": "KernelObjectEvent"}]},
  KernelEvents: {"type": "object", "properties": {"instance": {"type": "string"}, "events": {"type": "array", "items": {"$ref": "KernelEvent"}}, "first": {"type": "integer", "minimum": 0}, "next": {"type": "integer", "minimum": 0}, "more": {"type": "boolean"}}, "required": ["instance", "events", "first", "next", "more"], "additionalProperties": false},
  KernelInfo: {"type": "object", "properties": {"protocol": {"type": "integer", "minimum": 0}, "version": {"type": "string"}, "instance": {"type": "string"}, "started": {"type": "number"}, "pid": {"type": "integer", "minimum": 0}, "folder": {"type": "string"}, "operations": {"type": "array", "items": {"type": "string"}}, "engines": {"type": "array", "items": {"type": "string"}}, "limits": {"$ref": "Limits"}, "next": {"type": "integer", "minimum": 0}}, "required": ["protocol", "version", "instance", "started", "pid", "folder", "operations", "engines", "limits", "next"], "additionalProperties": false},
  Limits: {"type": "object", "properties": {"read_bytes": {"type": "integer", "minimum": 0}, "chunk_bytes": {"type": "integer", "minimum": 0}, "put_bytes": {"type": "integer", "minimum": 0}, "argument_bytes": {"type": "integer", "minimum": 0}, "events": {"type": "integer", "minimum": 0}}, "required": ["read_bytes", "chunk_bytes", "put_bytes", "argument_bytes", "events"], "additionalProperties": false},
  LogData: {"type": "object", "properties": {"level": {"type": "string", "enum": ["info", "warning", "error"]}, "message": {"type": "string"}}, "required": ["level", "message"], "additionalProperties": false},
  LogLine: {"type": "object", "properties": {"n": {"type": "integer", "minimum": 0}, "time": {"type": "number"}, "level": {"type": "string", "enum": ["info", "warning", "error"]}, "message": {"type": "string"}}, "required": ["n", "time", "level", "message"], "additionalProperties": false},
  Named: {"type": "object", "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 1000}}, "required": ["name"], "additionalProperties": false},
  Nothing: {"type": "object", "properties": {}, "additionalProperties": false},
  ObjectData: {"type": "object", "properties": {"change": {"type": "string", "enum": ["added", "changed", "removed"]}, "name": {"type": "string"}, "object": {"anyOf": [{"$ref": "DataObjectInfo"}, {"type": "null"}]}}, "required": ["change", "name", "object"], "additionalProperties": false},
  ObjectList: {"type": "object", "properties": {"objects": {"type": "array", "items": {"$ref": "DataObjectInfo"}}}, "required": ["objects"], "additionalProperties": false},
  OpenDocument: {"type": "object", "properties": {"path": {"type": "string", "minLength": 1, "maxLength": 1000}}, "required": ["path"], "additionalProperties": false},
  OpenFile: {"type": "object", "properties": {"path": {"type": "string", "minLength": 1, "maxLength": 1000}, "name": {"anyOf": [{"type": "string", "minLength": 1, "maxLength": 1000}, {"type": "null"}]}}, "required": ["path"], "additionalProperties": false},
  OutputData: {"type": "object", "properties": {"path": {"type": "string"}, "dataset": {"type": "string"}}, "required": ["path", "dataset"], "additionalProperties": false},
  Picture: {"type": "object", "properties": {"shape": {"type": "array", "items": {"type": "integer", "minimum": 0}, "maxItems": 64}, "full_shape": {"type": "array", "items": {"type": "integer", "minimum": 0}, "maxItems": 64}, "binning": {"type": "integer", "minimum": 1}, "bits": {"type": "integer", "enum": [8, 16]}, "low": {"type": "number"}, "high": {"type": "number"}, "axis": {"type": "integer"}, "index": {"type": "integer"}}, "required": ["shape", "full_shape", "binning", "bits", "low", "high", "axis", "index"], "additionalProperties": false},
  PlanData: {"type": "object", "properties": {"items": {"type": "array", "items": {"$ref": "PlanItem"}}}, "required": ["items"], "additionalProperties": false},
  PlanItem: {"type": "object", "properties": {"steps": {"type": "array", "items": {"type": "string"}}, "axis": {"anyOf": [{"type": "string"}, {"type": "null"}]}, "blocks": {"type": "integer", "minimum": 0}, "memory": {"type": "integer", "minimum": 0}, "text": {"type": "string"}, "block": {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "null"}]}, "halo": {"type": "integer", "minimum": 0}, "workers": {"type": "integer", "minimum": 0}, "parts": {"type": "integer", "minimum": 0}, "windows": {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}}, "variants": {"type": "integer", "minimum": 0}}, "required": ["steps", "axis", "blocks", "memory", "text"], "additionalProperties": false},
  PlanOutput: {"type": "object", "properties": {"path": {"type": "string"}, "dataset": {"type": "string"}, "shape": {"type": "array", "items": {"type": "integer", "minimum": 0}, "maxItems": 64}, "dtype": {"type": "string"}, "nbytes": {"type": "integer", "minimum": 0}}, "required": ["path", "dataset", "shape", "dtype", "nbytes"], "additionalProperties": false},
  PrepareRun: {"type": "object", "properties": {"workflow": {"anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": true}]}, "inputs": {"anyOf": [{"type": "object", "additionalProperties": true}, {"type": "null"}]}, "overrides": {"anyOf": [{"type": "object", "additionalProperties": true}, {"type": "null"}]}, "sweep": {"anyOf": [{"type": "object", "additionalProperties": true}, {"type": "null"}]}, "slices": {}, "options": {"anyOf": [{"$ref": "AskedOptions"}, {"type": "null"}]}, "engine": {"type": "string", "minLength": 1, "maxLength": 1000}}, "required": ["workflow"], "additionalProperties": false},
  Preview: {"type": "object", "properties": {"shape": {"type": "array", "items": {"type": "integer", "minimum": 0}, "maxItems": 64}, "dtype": {"type": "string"}, "images": {"type": "integer", "minimum": 0}, "picture": {"anyOf": [{"$ref": "Picture"}, {"type": "null"}]}, "step": {"type": "integer", "minimum": 0}}, "required": ["shape", "dtype", "images", "picture", "step"], "additionalProperties": false},
  PreviewStep: {"type": "object", "properties": {"step": {"type": "string"}, "algorithm": {"type": "string"}, "before": {"anyOf": [{"type": "string"}, {"type": "null"}]}, "after": {"anyOf": [{"type": "string"}, {"type": "null"}]}, "seconds": {"type": "number"}, "note": {"type": "string"}}, "required": ["step", "algorithm", "before", "after", "seconds", "note"], "additionalProperties": false},
  PreviewWorkflow: {"type": "object", "properties": {"workflow": {"anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": true}]}, "inputs": {"anyOf": [{"type": "object", "additionalProperties": true}, {"type": "null"}]}, "overrides": {"anyOf": [{"type": "object", "additionalProperties": true}, {"type": "null"}]}, "index": {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "null"}]}}, "required": ["workflow"], "additionalProperties": false},
  Problem: {"type": "object", "properties": {"kind": {"type": "string"}, "message": {"type": "string"}, "step": {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "null"}]}, "parameter": {"type": "string"}}, "required": ["kind", "message", "step", "parameter"], "additionalProperties": false},
  Profile: {"type": "object", "properties": {"samples": {"type": "integer", "minimum": 1}, "length": {"type": "number"}}, "required": ["samples", "length"], "additionalProperties": false},
  ProfileInfo: {"type": "object", "properties": {"name": {"type": "string"}, "profile": {"anyOf": [{"$ref": "ScanProfile"}, {"type": "null"}]}, "fixed": {"type": "boolean"}, "problem": {"type": "string"}}, "required": ["name", "profile", "fixed", "problem"], "additionalProperties": false},
  ProfileList: {"type": "object", "properties": {"profiles": {"type": "array", "items": {"$ref": "ProfileInfo"}}}, "required": ["profiles"], "additionalProperties": false},
  ProgressData: {"type": "object", "properties": {"item": {"type": "integer", "minimum": 0}, "items": {"type": "integer", "minimum": 0}, "title": {"type": "string"}, "done": {"type": "integer", "minimum": 0}, "blocks": {"type": "integer", "minimum": 0}}, "required": ["item", "items", "title", "done", "blocks"], "additionalProperties": false},
  PutObject: {"type": "object", "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 1000}, "shape": {"type": "array", "items": {"type": "integer", "minimum": 0}, "maxItems": 64}, "dtype": {"type": "string"}, "axes": {"anyOf": [{"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 1000}, "maxItems": 64}, {"type": "null"}]}, "upload": {"anyOf": [{"type": "string", "minLength": 1, "maxLength": 1000}, {"type": "null"}]}, "offset": {"type": "integer", "minimum": 0}}, "required": ["name", "shape", "dtype"], "additionalProperties": false},
  PutProgress: {"type": "object", "properties": {"received": {"type": "integer", "minimum": 0}, "nbytes": {"type": "integer", "minimum": 0}, "object": {"anyOf": [{"$ref": "DataObjectInfo"}, {"type": "null"}]}}, "required": ["received", "nbytes", "object"], "additionalProperties": false},
  ReadObject: {"type": "object", "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 1000}, "selection": {"anyOf": [{"type": "array", "items": {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 2, "maxItems": 3}, "maxItems": 64}, {"type": "null"}]}, "max_bytes": {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "null"}]}}, "required": ["name"], "additionalProperties": false},
  Refusal: {"type": "object", "properties": {"status": {"type": "string", "const": "error"}, "error": {"$ref": "ErrorInfo"}}, "required": ["status", "error"], "additionalProperties": false},
  Reply: {"type": "object", "properties": {"status": {"type": "string", "const": "ok"}, "result": {"type": "object", "additionalProperties": true}}, "required": ["status", "result"], "additionalProperties": false},
  Request: {"type": "object", "properties": {"operation": {"type": "string", "minLength": 1, "maxLength": 1000}, "arguments": {"type": "object", "additionalProperties": true}}, "required": ["operation"], "additionalProperties": false},
  RunEvents: {"type": "object", "properties": {"events": {"type": "array", "items": {"$ref": "Event"}}, "next": {"type": "integer", "minimum": 0}, "more": {"type": "boolean"}}, "required": ["events", "next", "more"], "additionalProperties": false},
  RunId: {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"], "additionalProperties": false},
  RunInfo: {"type": "object", "properties": {"id": {"type": "string"}, "workflow": {"type": "string"}, "state": {"type": "string", "enum": ["queued", "running", "done", "failed", "cancelled", "interrupted"]}, "created": {"type": "number"}, "document": {"anyOf": [{"type": "object", "additionalProperties": true}, {"type": "null"}]}, "inputs": {"type": "object", "additionalProperties": true}, "options": {"$ref": "RunOptions"}, "engine": {"type": "string"}, "pid": {"type": "integer"}, "pid_started": {"type": "number"}, "finished": {"anyOf": [{"type": "number"}, {"type": "null"}]}, "outputs": {"type": "array", "items": {"type": "string"}}, "values": {"type": "object", "additionalProperties": true}, "error": {"type": "string"}, "progress": {"$ref": "RunProgress"}}, "required": ["id", "workflow", "state", "created", "document", "inputs", "options", "engine", "pid", "pid_started", "finished", "outputs", "values", "error", "progress"], "additionalProperties": false},
  RunLines: {"type": "object", "properties": {"lines": {"type": "array", "items": {"$ref": "LogLine"}}, "next": {"type": "integer", "minimum": 0}, "more": {"type": "boolean"}}, "required": ["lines", "next", "more"], "additionalProperties": false},
  RunList: {"type": "object", "properties": {"runs": {"type": "array", "items": {"$ref": "RunSummary"}}}, "required": ["runs"], "additionalProperties": false},
  RunOptions: {"type": "object", "properties": {"memory_bytes": {"anyOf": [{"type": "integer"}, {"type": "null"}]}, "threads": {"anyOf": [{"type": "integer"}, {"type": "null"}]}, "overwrite": {"type": "boolean"}}, "additionalProperties": false, "required": ["memory_bytes", "threads", "overwrite"]},
  RunProgress: {"type": "object", "properties": {"fraction": {"type": "number", "minimum": 0, "maximum": 1}, "title": {"type": "string"}, "item": {"type": "integer", "minimum": 0}, "items": {"type": "integer", "minimum": 0}, "done": {"type": "integer", "minimum": 0}, "blocks": {"type": "integer", "minimum": 0}}, "additionalProperties": false, "required": ["fraction", "title", "item", "items", "done", "blocks"]},
  RunSummary: {"type": "object", "properties": {"id": {"type": "string"}, "workflow": {"type": "string"}, "state": {"type": "string", "enum": ["queued", "running", "done", "failed", "cancelled", "interrupted"]}, "created": {"type": "number"}, "finished": {"anyOf": [{"type": "number"}, {"type": "null"}]}, "outputs": {"type": "array", "items": {"type": "string"}}, "error": {"type": "string"}, "is_sweep": {"type": "boolean"}}, "required": ["id", "workflow", "state", "created", "finished", "outputs", "error", "is_sweep"], "additionalProperties": false},
  SaveDocument: {"type": "object", "properties": {"path": {"type": "string", "minLength": 1, "maxLength": 1000}, "text": {"type": "string"}, "replaces": {"anyOf": [{"type": "string"}, {"type": "null"}]}}, "required": ["path", "text"], "additionalProperties": false},
  SaveProfile: {"type": "object", "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 1000}, "profile": {"$ref": "ScanProfile"}, "overwrite": {"type": "boolean"}}, "required": ["name", "profile"], "additionalProperties": false},
  SavedDocument: {"type": "object", "properties": {"path": {"type": "string"}, "digest": {"type": "string"}}, "required": ["path", "digest"], "additionalProperties": false},
  ScanProfile: {"type": "object", "properties": {"projections": {"type": "string", "minLength": 2, "maxLength": 1000}, "flats": {"anyOf": [{"type": "string", "minLength": 2, "maxLength": 1000}, {"type": "null"}]}, "darks": {"anyOf": [{"type": "string", "minLength": 2, "maxLength": 1000}, {"type": "null"}]}, "angles": {"anyOf": [{"type": "string", "minLength": 2, "maxLength": 1000}, {"type": "null"}]}, "angle_unit": {"anyOf": [{"type": "string", "enum": ["degrees", "radians"]}, {"type": "null"}]}, "image_key": {"anyOf": [{"type": "string", "minLength": 2, "maxLength": 1000}, {"type": "null"}]}, "energy": {"anyOf": [{"type": "number"}, {"type": "string", "minLength": 2, "maxLength": 1000}, {"type": "null"}]}, "pixel_size": {"anyOf": [{"type": "number"}, {"type": "string", "minLength": 2, "maxLength": 1000}, {"type": "null"}]}}, "required": ["projections"], "additionalProperties": false},
  ShowPlane: {"type": "object", "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 1000}, "axis": {"type": "integer"}, "index": {"type": "integer"}, "max_size": {"type": "integer", "minimum": 1}, "binning": {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]}, "bits": {"type": "integer", "enum": [8, 16]}, "low": {"anyOf": [{"type": "number"}, {"type": "null"}]}, "high": {"anyOf": [{"type": "number"}, {"type": "null"}]}, "region": {"anyOf": [{"type": "array", "items": {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 2, "maxItems": 3}, "minItems": 2, "maxItems": 2}, {"type": "null"}]}, "minus": {"anyOf": [{"type": "string", "minLength": 1, "maxLength": 1000}, {"type": "null"}]}}, "required": ["name"], "additionalProperties": false},
  StateData: {"type": "object", "properties": {"state": {"type": "string", "enum": ["queued", "running", "done", "failed", "cancelled", "interrupted"]}, "error": {"type": "string"}, "traceback": {"type": "string"}}, "required": ["state"], "additionalProperties": false},
  Statistics: {"type": "object", "properties": {"count": {"type": "integer", "minimum": 0}, "missing": {"type": "integer", "minimum": 0}, "mean": {"anyOf": [{"type": "number"}, {"type": "null"}]}, "deviation": {"anyOf": [{"type": "number"}, {"type": "null"}]}, "low": {"anyOf": [{"type": "number"}, {"type": "null"}]}, "high": {"anyOf": [{"type": "number"}, {"type": "null"}]}, "median": {"anyOf": [{"type": "number"}, {"type": "null"}]}}, "required": ["count", "missing", "mean", "deviation", "low", "high", "median"], "additionalProperties": false},
  SumUpRegion: {"type": "object", "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 1000}, "rows": {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 2, "maxItems": 3}, "columns": {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 2, "maxItems": 3}, "axis": {"type": "integer"}, "index": {"type": "integer"}, "minus": {"anyOf": [{"type": "string", "minLength": 1, "maxLength": 1000}, {"type": "null"}]}}, "required": ["name", "rows", "columns"], "additionalProperties": false},
  TreeNode: {"type": "object", "properties": {"path": {"type": "string"}, "kind": {"type": "string", "enum": ["group", "dataset", "broken"]}, "shape": {"anyOf": [{"type": "array", "items": {"type": "integer", "minimum": 0}, "maxItems": 64}, {"type": "null"}]}, "dtype": {"type": "string"}, "unit": {"type": "string"}, "value": {"type": "string"}, "problem": {"type": "string"}}, "required": ["path", "kind", "shape", "dtype", "unit", "value", "problem"], "additionalProperties": false},
  ValidWorkflow: {"type": "object", "properties": {"workflow": {"type": "string"}, "inputs": {"type": "object", "additionalProperties": true}, "document": {"type": "object", "additionalProperties": true}}, "required": ["workflow", "inputs", "document"], "additionalProperties": false},
  ValidateWorkflow: {"type": "object", "properties": {"workflow": {"anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": true}]}, "inputs": {"anyOf": [{"type": "object", "additionalProperties": true}, {"type": "null"}]}, "overrides": {"anyOf": [{"type": "object", "additionalProperties": true}, {"type": "null"}]}, "sweep": {"anyOf": [{"type": "object", "additionalProperties": true}, {"type": "null"}]}, "slices": {}}, "required": ["workflow"], "additionalProperties": false},
  ValueData: {"type": "object", "properties": {"name": {"type": "string"}, "value": {}}, "required": ["name", "value"], "additionalProperties": false},
  ValueRange: {"type": "object", "properties": {"low": {"type": "number"}, "high": {"type": "number"}, "percentile_1": {"type": "number"}, "percentile_99": {"type": "number"}}, "required": ["low", "high", "percentile_1", "percentile_99"], "additionalProperties": false},
  WorkflowInfo: {"type": "object", "properties": {"name": {"type": "string"}, "document": {"type": "object", "additionalProperties": true}, "schema": {"type": "object", "additionalProperties": true}}, "required": ["name", "document", "schema"], "additionalProperties": false},
  WorkflowList: {"type": "object", "properties": {"workflows": {"type": "object", "additionalProperties": {"type": "object", "additionalProperties": true}}}, "required": ["workflows"], "additionalProperties": false},
  WorkflowPlan: {"type": "object", "properties": {"workflow": {"type": "string"}, "inputs": {"type": "object", "additionalProperties": true}, "items": {"type": "array", "items": {"$ref": "PlanItem"}}, "outputs": {"type": "array", "items": {"$ref": "PlanOutput"}}, "memory": {"type": "integer", "minimum": 0}, "budget": {"type": "integer", "minimum": 0}, "disk": {"type": "integer", "minimum": 0}, "sweep": {"anyOf": [{"type": "object", "additionalProperties": true}, {"type": "null"}]}}, "required": ["workflow", "inputs", "items", "outputs", "memory", "budget", "disk", "sweep"], "additionalProperties": false},
  WorkflowPreview: {"type": "object", "properties": {"workflow": {"type": "string"}, "inputs": {"type": "object", "additionalProperties": true}, "index": {"type": "integer", "minimum": 0}, "count": {"type": "integer", "minimum": 0}, "steps": {"type": "array", "items": {"$ref": "PreviewStep"}}, "values": {"type": "object", "additionalProperties": true}}, "required": ["workflow", "inputs", "index", "count", "steps", "values"], "additionalProperties": false},
  StateEvent: {"type": "object", "properties": {"run": {"type": "string"}, "n": {"type": "integer"}, "time": {"type": "number"}, "kind": {"const": "state"}, "data": {"$ref": "StateData"}}, "required": ["run", "n", "time", "kind", "data"], "additionalProperties": false},
  KernelStateEvent: {"type": "object", "properties": {"run": {"type": "string"}, "n": {"type": "integer"}, "time": {"type": "number"}, "kind": {"const": "state"}, "data": {"$ref": "StateData"}, "kernel_n": {"type": "integer"}}, "required": ["run", "n", "time", "kind", "data", "kernel_n"], "additionalProperties": false},
  PlanEvent: {"type": "object", "properties": {"run": {"type": "string"}, "n": {"type": "integer"}, "time": {"type": "number"}, "kind": {"const": "plan"}, "data": {"$ref": "PlanData"}}, "required": ["run", "n", "time", "kind", "data"], "additionalProperties": false},
  KernelPlanEvent: {"type": "object", "properties": {"run": {"type": "string"}, "n": {"type": "integer"}, "time": {"type": "number"}, "kind": {"const": "plan"}, "data": {"$ref": "PlanData"}, "kernel_n": {"type": "integer"}}, "required": ["run", "n", "time", "kind", "data", "kernel_n"], "additionalProperties": false},
  ProgressEvent: {"type": "object", "properties": {"run": {"type": "string"}, "n": {"type": "integer"}, "time": {"type": "number"}, "kind": {"const": "progress"}, "data": {"$ref": "ProgressData"}}, "required": ["run", "n", "time", "kind", "data"], "additionalProperties": false},
  KernelProgressEvent: {"type": "object", "properties": {"run": {"type": "string"}, "n": {"type": "integer"}, "time": {"type": "number"}, "kind": {"const": "progress"}, "data": {"$ref": "ProgressData"}, "kernel_n": {"type": "integer"}}, "required": ["run", "n", "time", "kind", "data", "kernel_n"], "additionalProperties": false},
  LogEvent: {"type": "object", "properties": {"run": {"type": "string"}, "n": {"type": "integer"}, "time": {"type": "number"}, "kind": {"const": "log"}, "data": {"$ref": "LogData"}}, "required": ["run", "n", "time", "kind", "data"], "additionalProperties": false},
  KernelLogEvent: {"type": "object", "properties": {"run": {"type": "string"}, "n": {"type": "integer"}, "time": {"type": "number"}, "kind": {"const": "log"}, "data": {"$ref": "LogData"}, "kernel_n": {"type": "integer"}}, "required": ["run", "n", "time", "kind", "data", "kernel_n"], "additionalProperties": false},
  ValueEvent: {"type": "object", "properties": {"run": {"type": "string"}, "n": {"type": "integer"}, "time": {"type": "number"}, "kind": {"const": "value"}, "data": {"$ref": "ValueData"}}, "required": ["run", "n", "time", "kind", "data"], "additionalProperties": false},
  KernelValueEvent: {"type": "object", "properties": {"run": {"type": "string"}, "n": {"type": "integer"}, "time": {"type": "number"}, "kind": {"const": "value"}, "data": {"$ref": "ValueData"}, "kernel_n": {"type": "integer"}}, "required": ["run", "n", "time", "kind", "data", "kernel_n"], "additionalProperties": false},
  OutputEvent: {"type": "object", "properties": {"run": {"type": "string"}, "n": {"type": "integer"}, "time": {"type": "number"}, "kind": {"const": "output"}, "data": {"$ref": "OutputData"}}, "required": ["run", "n", "time", "kind", "data"], "additionalProperties": false},
  KernelOutputEvent: {"type": "object", "properties": {"run": {"type": "string"}, "n": {"type": "integer"}, "time": {"type": "number"}, "kind": {"const": "output"}, "data": {"$ref": "OutputData"}, "kernel_n": {"type": "integer"}}, "required": ["run", "n", "time", "kind", "data", "kernel_n"], "additionalProperties": false},
  ObjectEvent: {"type": "object", "properties": {"run": {"type": "string"}, "n": {"type": "integer"}, "time": {"type": "number"}, "kind": {"const": "object"}, "data": {"$ref": "ObjectData"}}, "required": ["run", "n", "time", "kind", "data"], "additionalProperties": false},
  KernelObjectEvent: {"type": "object", "properties": {"run": {"type": "string"}, "n": {"type": "integer"}, "time": {"type": "number"}, "kind": {"const": "object"}, "data": {"$ref": "ObjectData"}, "kernel_n": {"type": "integer"}}, "required": ["run", "n", "time", "kind", "data", "kernel_n"], "additionalProperties": false}
};
