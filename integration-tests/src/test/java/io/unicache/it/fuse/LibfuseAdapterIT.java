package io.unicache.it.fuse;

/** Through libfuse 2. */
class LibfuseAdapterIT extends AdapterCases {

  LibfuseAdapterIT() {
    super(Adapter.LIBFUSE);
  }
}
