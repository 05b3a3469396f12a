import { Kernel, KernelMessage } from '@jupyterlab/services';
import { Arguments, Operation, Request, REQUEST_TYPE, Result } from './protocol';
import { readReply } from './reading';

/**
 * Ask a Daisy kernel for one operation over the control channel.
 *
 * @throws RequestRefused or UnknownAnswer (see reading); another error if the connection was
 * closed or the kernel restarted before it answered.
 */
export async function request<O extends Operation>(
  kernel: Kernel.IKernelConnection,
  operation: O,
  arguments_: Arguments<O>
): Promise<Result<O>> {
  return (await requestBuffers(kernel, operation, arguments_)).result;
}

/** As `request`, for an operation that gives an array: with the buffers beside the result. */
export async function requestBuffers<O extends Operation>(
  kernel: Kernel.IKernelConnection,
  operation: O,
  arguments_: Arguments<O>
): Promise<{ readonly result: Result<O>; readonly buffers: readonly DataView[] }> {
  const content: Request = { operation, arguments: { ...arguments_ } };
  const message = KernelMessage.createMessage<KernelMessage.ICreateSubshellRequestMsg>({
    // JupyterLab's list of message types is closed, though it carries any: the nearest relative
    msgType: REQUEST_TYPE as string as 'create_subshell_request',
    channel: 'control',
    session: kernel.clientId,
    username: kernel.username,
    content: { ...content }
  });
  const future = kernel.sendControlMessage(message, true);
  try {
    const reply = await new Promise<KernelMessage.IControlMessage>((resolve, reject) => {
      // The reply itself, not `done`: that waits for a kernel status beside it, which a kernel
      // that keeps its status for cells does not send.
      future.onReply = resolve;
      future.done.catch(reject);
    });
    return {
      result: readReply(operation, reply.content),
      buffers: (reply.buffers ?? []).map(view)
    };
  } finally {
    future.dispose();
  }
}

/** Whether a kernel is a Daisy kernel, by its kernelspec or by what it says about itself. */
export async function isDaisy(kernel: Kernel.IKernelConnection): Promise<boolean> {
  return kernel.name === 'daisy' || (await kernel.info).implementation === 'daisy';
}

function view(buffer: ArrayBuffer | ArrayBufferView): DataView {
  return buffer instanceof ArrayBuffer
    ? new DataView(buffer)
    : new DataView(buffer.buffer as ArrayBuffer, buffer.byteOffset, buffer.byteLength);
}
