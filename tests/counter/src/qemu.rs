//! The few functions of QEMU's plugin interface that are used, declared from its documentation.

use std::ffi::{c_int, c_uint, c_void};

/// The interface's version; QEMU 9 and 10 accept it.
pub(crate) const VERSION: c_int = 4;

/// A plugin, to QEMU.
pub(crate) type Id = u64;

/// A block of instructions that is being translated.
#[repr(C)]
pub(crate) struct Block([u8; 0]);

/// An instruction of it.
#[repr(C)]
pub(crate) struct Instruction([u8; 0]);

unsafe extern "C" {
    pub(crate) fn qemu_plugin_register_vcpu_tb_trans_cb(id: Id, call: unsafe extern "C" fn(Id, *mut Block));
    pub(crate) fn qemu_plugin_register_vcpu_tb_exec_cb(
        block: *mut Block,
        call: unsafe extern "C" fn(c_uint, *mut c_void),
        // Whether the call reads or writes registers; 0 is neither.
        flags: c_int,
        data: *mut c_void,
    );
    pub(crate) fn qemu_plugin_register_atexit_cb(
        id: Id,
        call: unsafe extern "C" fn(Id, *mut c_void),
        data: *mut c_void,
    );
    pub(crate) fn qemu_plugin_tb_n_insns(block: *const Block) -> usize;
    pub(crate) fn qemu_plugin_tb_vaddr(block: *const Block) -> u64;
    pub(crate) fn qemu_plugin_tb_get_insn(block: *const Block, place: usize) -> *mut Instruction;
    pub(crate) fn qemu_plugin_insn_size(instruction: *const Instruction) -> usize;
}
