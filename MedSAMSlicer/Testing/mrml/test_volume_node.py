"""A volume node's snapshot: its voxels, in their place in the world, whatever happens to the node later."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medsam_core.demo_case import DemoCase
from medsam_core.errors import VolumeError
from medsam_core.geometry import Geometry
from medsam_core.mrml.volume_node import content_stamp, geometry_of, volume_of
from medsam_core.volume_reader import read_volume
from testkit.geometries import geometries
from testkit.mrml_nodes import (
    a_sheared_matrix,
    add_transform,
    add_volume,
    add_volume_on,
    an_image,
    put_under,
    vtk_matrix,
)

laws = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _world_of_voxel(node: Any, ijk: Any) -> np.ndarray:
    """Where MRML itself puts a voxel's centre: the node's matrix, then the transform nodes."""
    from vtkmodules.vtkCommonMath import vtkMatrix4x4

    matrix = vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    moved = [0.0, 0.0, 0.0]
    node.TransformPointToWorld(matrix.MultiplyPoint((*map(float, ijk), 1.0))[:3], moved)
    return np.array(moved)


@laws
@given(geometry=geometries(sheared=True, largest=4), parents=st.lists(geometries(sheared=True), max_size=2))
def test_every_voxel_lies_where_mrml_puts_it(
    a_scene: Any, geometry: Geometry, parents: list[Geometry]
) -> None:
    node, transform = add_volume_on(a_scene, geometry), None
    for parent in parents:
        transform = add_transform(a_scene, parent.ijk_to_ras, parent=transform)
    put_under(node, transform)
    volume = volume_of(node)
    for kji in np.ndindex(*geometry.shape_kji):
        place = _world_of_voxel(node, kji[::-1])
        scale = np.abs(place).max() + 1
        np.testing.assert_allclose(
            volume.geometry.from_ijk(kji[::-1], "ras") / scale, place / scale, atol=1e-9
        )
        number = volume.array_kji[kji]
        assert node.GetImageData().GetScalarComponentAsDouble(*kji[::-1], 0) == number


def test_a_transform_on_the_volume_moves_the_geometry_and_no_voxel(
    a_scene: Any, an_oblique_volume_node: Any, a_sheared_transform: Any
) -> None:
    before = volume_of(an_oblique_volume_node)
    after = volume_of(put_under(an_oblique_volume_node, a_sheared_transform))
    np.testing.assert_array_equal(after.array_kji, before.array_kji)
    np.testing.assert_allclose(after.ijk_to_ras, a_sheared_matrix() @ before.ijk_to_ras, atol=1e-12)


def test_hardening_the_transform_changes_nothing(
    an_oblique_volume_node: Any, a_sheared_transform: Any
) -> None:
    before = volume_of(put_under(an_oblique_volume_node, a_sheared_transform))
    an_oblique_volume_node.HardenTransform()
    assert an_oblique_volume_node.GetParentTransformNode() is None
    assert volume_of(an_oblique_volume_node).geometry.agrees_with(before.geometry)


@pytest.mark.parametrize(
    "kind", ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"]
)
def test_values_keep_their_number_type(a_scene: Any, kind: str) -> None:
    info = np.iinfo(kind) if kind.strip("u").startswith("int") else np.finfo(kind)
    array = np.array([info.min, 0, 1, info.max], dtype=kind).reshape(1, 2, 2)
    volume = volume_of(add_volume(a_scene, array))
    assert volume.array_kji.dtype == kind
    np.testing.assert_array_equal(volume.array_kji, array)


def test_a_snapshot_does_not_follow_the_node(a_volume_node: Any) -> None:
    from vtkmodules.util.numpy_support import vtk_to_numpy

    volume = volume_of(a_volume_node)
    kept = volume.array_kji.copy()
    vtk_to_numpy(a_volume_node.GetImageData().GetPointData().GetScalars())[:] = 7
    np.testing.assert_array_equal(volume.array_kji, kept)
    a_volume_node.SetAndObserveImageData(None)
    np.testing.assert_array_equal(volume.array_kji, kept)
    assert not volume.array_kji.flags.writeable


@pytest.mark.parametrize("components", [3, 4])
def test_colours_are_kept_and_transparency_is_left_out(a_scene: Any, components: int) -> None:
    array = np.random.default_rng(1).integers(0, 256, (3, 4, 5, components), dtype=np.uint8)
    volume = volume_of(add_volume(a_scene, array))
    assert volume.is_colour
    np.testing.assert_array_equal(volume.array_kji, array[..., :3])
    assert any("Transparency" in note for note in volume.notes) == (components == 4)


@pytest.mark.parametrize("components", [2, 5, 9])
def test_other_numbers_of_values_per_voxel_are_refused(a_scene: Any, components: int) -> None:
    node = add_volume(a_scene, np.zeros((2, 2, 2, components), np.uint8), name="pairs")
    with pytest.raises(VolumeError, match=f"volume 'pairs': has {components} values per voxel; give a grey"):
        volume_of(node)


def test_a_displacement_field_is_no_colour_image(a_scene: Any) -> None:
    node = add_volume(a_scene, np.zeros((2, 2, 2, 3), np.float32))
    node.SetVoxelVectorType(node.VoxelVectorTypeSpatial)
    with pytest.raises(VolumeError, match="directions in space"):
        volume_of(node)


def test_voxels_counted_from_another_index_lie_where_mrml_shows_them(a_scene: Any) -> None:
    array = np.arange(3 * 4 * 5, dtype=np.int16).reshape(3, 4, 5)
    node = add_volume(a_scene, array, np.diag([2.0, 3.0, 4.0, 1.0]))
    node.SetAndObserveImageData(an_image(array, start_ijk=(10, -2, 1)))
    volume = volume_of(node)
    np.testing.assert_array_equal(volume.array_kji, array)
    for kji in np.ndindex(*array.shape):
        index = np.add(kji[::-1], (10, -2, 1))
        shown = node.GetImageData().GetScalarComponentAsDouble(*index.tolist(), 0)
        assert volume.array_kji[kji] == shown
        np.testing.assert_allclose(volume.geometry.from_ijk(kji[::-1], "ras"), _world_of_voxel(node, index))


def test_a_labelmap_is_a_volume_too(a_scene: Any) -> None:
    array = np.eye(4, dtype=np.uint8)[None]
    volume = volume_of(add_volume(a_scene, array, class_name="vtkMRMLLabelMapVolumeNode"))
    np.testing.assert_array_equal(volume.array_kji, array)
    assert volume.is_2d


def test_a_node_without_voxels_is_refused(a_scene: Any) -> None:
    node = a_scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "hollow")
    for read in (volume_of, geometry_of):
        with pytest.raises(VolumeError, match="volume 'hollow': has no voxels; load"):
            read(node)


def test_an_image_without_values_has_no_voxels(a_scene: Any) -> None:
    from vtkmodules.vtkCommonDataModel import vtkImageData

    node = a_scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "shell")
    image = vtkImageData()
    image.SetDimensions(3, 3, 3)
    node.SetAndObserveImageData(image)
    with pytest.raises(VolumeError, match="has no voxels"):
        volume_of(node)


@pytest.mark.parametrize("change", ["SetOrigin", "SetSpacing"])
def test_an_image_with_a_place_of_its_own_is_refused(a_scene: Any, change: str) -> None:
    image = an_image(np.zeros((3, 4, 5), np.int16))
    getattr(image, change)(2.0, 2.0, 2.0)
    node = a_scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "odd")
    node.SetAndObserveImageData(image)
    with pytest.raises(VolumeError, match="volume 'odd': its image has an origin, spacing"):
        volume_of(node)


def test_values_that_do_not_fill_the_size_are_refused(a_volume_node: Any) -> None:
    a_volume_node.GetImageData().GetPointData().GetScalars().SetNumberOfTuples(7)
    with pytest.raises(VolumeError, match="do not fill its size"):
        volume_of(a_volume_node)


def test_a_bending_transform_is_refused_with_a_remedy(a_volume_node: Any, a_bending_transform: Any) -> None:
    put_under(a_volume_node, a_bending_transform)
    with pytest.raises(VolumeError, match=r"'bending'.*not linear; harden"):
        volume_of(a_volume_node)


def test_axes_pressed_flat_by_a_transform_are_refused_by_name(a_scene: Any, a_volume_node: Any) -> None:
    put_under(a_volume_node, add_transform(a_scene, np.diag([1.0, 1.0, 0.0, 1.0])))
    with pytest.raises(VolumeError, match="volume 'CT': its axes lie in one plane"):
        volume_of(a_volume_node)


def test_name_and_modality_come_along(a_volume_node: Any) -> None:
    a_volume_node.SetAttribute("DICOM.Modality", "CT")
    volume = volume_of(a_volume_node)
    assert (volume.name, volume.modality) == ("CT", "CT")


def test_a_file_read_by_slicer_and_by_us_has_every_value_at_the_same_place(a_scene: Any) -> None:
    """Not at the same index: Slicer turns the slices of a left-handed file round, matrix and all."""
    path = DemoCase.bundled().image
    node = a_scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    reader = a_scene.AddNewNodeByClass("vtkMRMLVolumeArchetypeStorageNode")
    reader.SetFileName(str(path))
    assert reader.ReadData(node)
    ours, theirs = read_volume(path), volume_of(node)
    kji = np.stack(np.meshgrid(*(np.arange(0, n, 5) for n in ours.array_kji.shape), indexing="ij"), -1)
    exact = theirs.geometry.to_ijk(ours.geometry.from_ijk(kji[..., ::-1], "ras"), "ras")
    i, j, k = np.round(np.moveaxis(exact, -1, 0)).astype(int)
    np.testing.assert_allclose(exact, np.stack([i, j, k], -1), atol=1e-6)
    assert (k >= 0).all()
    np.testing.assert_array_equal(theirs.array_kji[k, j, i], ours.array_kji[tuple(np.moveaxis(kji, -1, 0))])


def test_the_stamp_tells_when_a_new_snapshot_is_due(a_volume_node: Any, a_sheared_transform: Any) -> None:
    stamps = [content_stamp(a_volume_node)]
    a_volume_node.GetImageData().GetPointData().GetScalars().Modified()
    stamps.append(content_stamp(a_volume_node))
    a_volume_node.SetSpacing(1.0, 2.0, 3.0)
    stamps.append(content_stamp(a_volume_node))
    put_under(a_volume_node, a_sheared_transform)
    stamps.append(content_stamp(a_volume_node))
    a_sheared_transform.SetMatrixTransformToParent(vtk_matrix(np.eye(4)))
    stamps.append(content_stamp(a_volume_node))
    a_volume_node.SetAndObserveImageData(an_image(np.zeros((6, 7, 8), np.int16)))
    stamps.append(content_stamp(a_volume_node))
    a_volume_node.SetAndObserveImageData(None)
    stamps.append(content_stamp(a_volume_node))
    assert len(set(stamps)) == len(stamps)


def test_the_stamp_stays_while_only_name_and_display_change(a_volume_node: Any) -> None:
    before = content_stamp(a_volume_node)
    a_volume_node.CreateDefaultDisplayNodes()
    a_volume_node.GetDisplayNode().SetAutoWindowLevel(False)
    a_volume_node.GetDisplayNode().SetWindowLevel(100, 50)
    a_volume_node.SetName("other")
    volume_of(a_volume_node)
    assert content_stamp(a_volume_node) == before


def test_no_node_at_all_is_told_in_words() -> None:
    with pytest.raises(VolumeError, match="volume: there is none"):
        volume_of(None)
