using System.Runtime.ExceptionServices;
using Weft.Linux.Interop;

namespace Weft.Linux.Ports;

/// <summary>Removes interfaces of ports, those asked for meanwhile together.</summary>
/// <remarks>
/// The kernel waits for its readers at each removal, some 10 ms with its network lock held, during which nothing can
/// be attached. So whoever comes while a removal is under way only leaves a note; the next removal takes all notes,
/// marks their interfaces as a group and has the kernel remove the group with one wait.
/// </remarks>
sealed class LinkRemover(Netlink netlink)
{
    /// <summary>Group of interfaces that are about to go; whoever finds one must not use it any more.</summary>
    internal const int Doomed = 0x77656674;

    readonly Lock _lock = new();
    List<Note> _notes = [];
    bool _isBusy;

    /// <summary>False: the port has no interface.</summary>
    internal bool Remove(Guid uid)
    {
        var note = new Note(uid);
        if (!Leave(note))
            note.Sleep();
        // Woken with the note not done: it is this caller's turn to remove, for all who wait.
        if (!note.IsDone)
            TakeTurn(note);
        note.Failure?.Throw();
        return note.Removed;
    }

    /// <summary>True: nobody is removing, so the caller shall.</summary>
    bool Leave(Note note)
    {
        lock (_lock)
        {
            _notes.Add(note);
            return !_isBusy && (_isBusy = true);
        }
    }

    void TakeTurn(Note own)
    {
        List<Note> notes;
        lock (_lock)
            (notes, _notes) = (_notes, []);
        Serve(notes);
        PassOn();
        foreach (var note in notes.Where(note => note != own))
            note.Wake();
    }

    void PassOn()
    {
        lock (_lock)
        {
            _isBusy = _notes.Count > 0;
            if (_isBusy)
                _notes[0].Wake();
        }
    }

    void Serve(List<Note> notes)
    {
        ExceptionDispatchInfo? failure = null;
        try
        {
            RemoveAll([.. notes.Select(Find).OfType<int>()]);
        }
        catch (Exception e)
        {
            failure = ExceptionDispatchInfo.Capture(e);
        }
        foreach (var note in notes)
            (note.Failure, note.IsDone) = (failure, true);
    }

    int? Find(Note note)
    {
        var link = netlink.FindLink(PortInterface.HostNameOf(note.Uid));
        note.Removed = link is not null && link.Alias == PortAlias.Of(note.Uid);
        return note.Removed ? link!.Index : null;
    }

    void RemoveAll(List<int> indices)
    {
        var batch = new NetlinkBatch();
        if (indices.Count == 1)
            batch.DeleteLink(indices[0]).Ignoring(Errno.ENODEV);
        if (indices.Count > 1)
        {
            foreach (var index in indices)
                batch.UpdateLink(index, new LinkUpdate { Group = Doomed }).Ignoring(Errno.ENODEV);
            batch.DeleteLinkGroup(Doomed).Ignoring(Errno.ENODEV);
        }
        netlink.Submit(batch);
    }

    sealed class Note(Guid uid)
    {
        readonly object _door = new();
        bool _isAwake;

        internal Guid Uid { get; } = uid;

        internal bool Removed { get; set; }

        internal bool IsDone { get; set; }

        internal ExceptionDispatchInfo? Failure { get; set; }

        /// <summary>Until the note is done, or its owner shall remove.</summary>
        internal void Sleep()
        {
            lock (_door)
            {
                while (!_isAwake)
                    Monitor.Wait(_door);
            }
        }

        internal void Wake()
        {
            lock (_door)
            {
                _isAwake = true;
                Monitor.Pulse(_door);
            }
        }
    }
}
